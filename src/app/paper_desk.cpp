#include "app/paper_desk.hpp"

#include "engine/paper_name.hpp"

#include <filesystem>

namespace bf::app {
namespace {

/// What a new paper account holds. Its user can set another amount.
const std::map<std::string, Decimal> kFirstMoney{{"USDT", Decimal{10'000}}};

}  // namespace

PaperDesk::PaperDesk(Setup setup)
    : setup_{std::move(setup)},
      exchanges_{{setup_.loop, setup_.loop, setup_.loop, [this](const auto& venue, const auto& symbol) { market_.ask_book(venue, symbol); },
                  [this](const auto& venue, const auto& symbol) { market_.ask_funding(venue, symbol); },
                  [this](const auto& venue, const auto& symbol, Instant from) { past_.ask(venue, symbol, from); }, setup_.paid_late, setup_.unpaid}},
      market_{{setup_.world, exchanges_, setup_.adapter_of, setup_.pace_of, setup_.instrument, setup_.instruments, setup_.family_of}},
      past_{{setup_.world, market_, [this](const auto& venue, const auto& symbol, const auto& past) { exchanges_.past_funding(venue, symbol, past); }, setup_.candles}},
      transport_{setup_.world.transport, exchanges_}, signer_{setup_.world.signer, exchanges_} {}

Result<std::unique_ptr<PaperDesk>> PaperDesk::open(Setup setup) {
    std::unique_ptr<PaperDesk> desk{new PaperDesk{std::move(setup)}};
    std::error_code none;
    const auto& folder = desk->setup_.journal_folder;
    if (std::filesystem::exists(folder, none) && !std::filesystem::is_empty(folder, none)) BF_TRY_VOID(desk->open_journal());
    return desk;
}

Status PaperDesk::open_journal() {
    if (journal_) return {};
    Status replayed;
    BF_TRY(journal_, JournalFile::open(setup_.loop, setup_.journal_folder, [this, &replayed](const journal::Entry& entry) {
        if (replayed) replayed = exchanges_.replay(entry.kind, entry.payload);
    }));
    if (!replayed) {
        journal_.reset();
        return replayed;
    }
    exchanges_.begin(*journal_);
    return {};
}

Status PaperDesk::open_twin(const connection::Record& record) {
    BF_TRY_VOID(open_journal());
    return exchanges_.open(engine::paper_twin_of(record.id), record.name + " (paper)", {record.exchange, record.market, record.site}, kFirstMoney);
}

void PaperDesk::open_stream(const paper::Account& account, const connection::Adapter& adapter, connection::StreamTap& tap) {
    if (streams_.contains(account.connection)) return;
    connection::StreamKeeper::Setup wanted;
    wanted.connection = account.connection;
    wanted.market = account.venue.market;
    wanted.site = account.venue.site;
    wanted.repointed = true;  // Its addresses are the paper exchange's own.
    wanted.tap = &tap;
    // There is no network in this world: whatever host an exchange names, its paper exchange is what answers.
    const connection::World world{setup_.loop, setup_.loop, exchanges_.line(account.venue), exchanges_.signer()};
    streams_[account.connection] = std::make_unique<connection::StreamKeeper>(world, adapter, std::move(wanted), [](auto, const auto&) {});
}

void PaperDesk::close_twin(const std::string& twin) {
    streams_.erase(twin);
    exchanges_.close(twin);
}

}  // namespace bf::app
