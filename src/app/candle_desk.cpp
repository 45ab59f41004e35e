#include "app/candle_desk.hpp"

#include "app/candle_problems.hpp"
#include "app/candles_command.hpp"
#include "backtest/candle_disk.hpp"
#include "backtest/candle_example.hpp"
#include "backtest/candle_words.hpp"
#include "base/text.hpp"

namespace bf::app {
namespace {

constexpr std::size_t kEndedKept = 50;

}  // namespace

CandleDesk::CandleDesk(Setup setup)
    : setup_{std::move(setup)},
      shelf_{candles_folder(setup_.data)},
      worker_{setup_.loop, setup_.nursery},
      uploads_{setup_.loop, shelf_.folder()},
      parts_{{setup_.loop, worker_, shelf_.folder(), setup_.data, [this](const std::string& exchange) { return source_of(exchange); }, setup_.complain}},
      downloads_{{setup_.loop, setup_.book, shelf_, parts_, setup_.feed_of, setup_.tell, setup_.funding}} {}

Result<std::unique_ptr<CandleDesk>> CandleDesk::open(Setup setup) {
    std::unique_ptr<CandleDesk> desk{new CandleDesk{std::move(setup)}};
    BF_TRY_VOID(desk->prepare());
    return desk;
}

Status CandleDesk::prepare() {
    { BF_TRY(const auto lock, backtest::FolderLock::take(shelf_.folder())); }
    // Uploads don't outlive the server that took them.
    BF_TRY_VOID(uploads_.prepare());
    parts_.take_over();
    if (setup_.demo && !shelf_.open(backtest::example_key())) (void)make_example();
    return {};
}

/// Made-up prices must not pass for an exchange's.
std::string CandleDesk::source_of(const std::string& exchange) const {
    const auto id = exchange::parse_exchange(exchange);
    return exchange + (id && setup_.is_repointed(*id) ? ", simulated" : "");
}

std::string CandleDesk::begin_import(std::vector<std::string> arguments, std::vector<std::string> uploads) {
    const auto id = "i" + std::to_string(++last_id_);
    if (imports_.size() >= kEndedKept)
        for (auto at = imports_.begin(); at != imports_.end(); ++at)
            if (at->second.state != Import::State::running) {
                imports_.erase(at);
                break;
            }
    imports_[id] = Import{.id = id};
    worker_.run(std::move(arguments), [this, id, uploads = std::move(uploads)](int status, const std::string& output) {
        uploads_.imported(uploads);
        auto& import = imports_[id];
        import.state = status == 0 ? Import::State::done : Import::State::failed;
        if (status == 0)
            import.result = trim(output);
        else
            import.problem = import_problem(status, output);
        setup_.tell([&](wire::JsonWriter& out, exchange::Language language) {
            out.begin_object().member("type", "candle_import").key("import");
            server::write_import(out, import, language);
            out.end_object();
        });
    });
    return id;
}

Result<std::string> CandleDesk::import(ImportWish wish) {
    std::vector<std::string> arguments{"candles", "import"};
    BF_TRY(const auto paths, uploads_.take(wish.uploads));
    arguments.insert(arguments.end(), paths.begin(), paths.end());
    arguments.insert(arguments.end(), {"--exchange", wish.key.exchange, "--market", wish.key.market, "--pair", wish.key.pair, "--data", setup_.data, "--confined", "--json"});
    if (wish.key.interval.count() > 0) arguments.insert(arguments.end(), {"--interval", backtest::interval_text(wish.key.interval)});
    if (wish.replace) arguments.emplace_back("--replace");
    return begin_import(std::move(arguments), std::move(wish.uploads));
}

Result<std::string> CandleDesk::make_example() { return begin_import({"candles", "sample", "--data", setup_.data, "--confined", "--json"}, {}); }

const server::CandleDesk::Import* CandleDesk::find_import(const std::string& id) const {
    const auto found = imports_.find(id);
    return found == imports_.end() ? nullptr : &found->second;
}

}  // namespace bf::app
