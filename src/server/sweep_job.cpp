#include "server/sweep_job.hpp"

#include "backtest/candle_disk.hpp"
#include "server/api_replies.hpp"

#include <algorithm>
#include <array>

namespace bf::server {
namespace {

using wire::JsonWriter;

constexpr std::array<std::string_view, 5> kStates{"waiting", "running", "stopped", "done", "failed"};
constexpr const char* kOthers = "The candles of this period, or how they are read, are others than when the sweep began: its rows would not fit together. Start it anew.";
constexpr const char* kNoFurther = "It went on by itself after a restart and got no further before the next. Go on with it by hand.";
constexpr const char* kDisk = "The disk takes no more rows. What is there is kept; go on when there is room.";

void write_optional(JsonWriter& out, const char* name, const std::optional<Decimal>& value) {
    if (value) out.member(name, *value);
}

void write_instrument(JsonWriter& out, const trading::InstrumentFacts& facts) {
    out.begin_object().member("price_step", facts.price_step).member("quantity_step", facts.quantity_step).member("min_quantity", facts.min_quantity).member("min_notional", facts.min_notional);
    write_optional(out, "max_quantity", facts.max_quantity);
    write_optional(out, "max_notional", facts.max_notional);
    write_optional(out, "max_leverage", facts.max_leverage);
    out.member("tradable", facts.tradable).key("risk_tiers").begin_array();
    for (const auto& tier : facts.risk_tiers) {
        out.begin_object().member("up_to", tier.up_to).member("maintenance_rate", tier.maintenance_rate).member("by_quantity", tier.by_quantity);
        write_optional(out, "max_leverage", tier.max_leverage);
        out.end_object();
    }
    out.end_array().end_object();
}

/// As written above; nothing when it was not known.
std::optional<trading::InstrumentFacts> read_instrument(wire::JsonValue json) {
    const auto price = json["price_step"].decimal(), quantity = json["quantity_step"].decimal();
    if (!price || !quantity) return std::nullopt;
    trading::InstrumentFacts out{.price_step = *price, .quantity_step = *quantity};
    out.min_quantity = json["min_quantity"].decimal().value_or(Decimal{});
    out.min_notional = json["min_notional"].decimal().value_or(Decimal{});
    out.max_quantity = json["max_quantity"].decimal();
    out.max_notional = json["max_notional"].decimal();
    out.max_leverage = json["max_leverage"].decimal();
    out.tradable = json["tradable"].boolean().value_or(true);
    const auto tiers = json["risk_tiers"];
    for (std::size_t i = 0; i < tiers.size(); ++i) {
        const auto tier = tiers.at(i);
        out.risk_tiers.push_back({.up_to = tier["up_to"].decimal().value_or(Decimal{}), .maintenance_rate = tier["maintenance_rate"].decimal().value_or(Decimal{}),
                                  .max_leverage = tier["max_leverage"].decimal(), .by_quantity = tier["by_quantity"].boolean().value_or(false)});
    }
    return out;
}

std::optional<wire::Json> read_document(const std::string& path) {
    const auto file = backtest::MappedFile::open(path);
    if (!file) return std::nullopt;
    auto json = wire::Json::parse((*file)->bytes());
    if (!json) return std::nullopt;
    return std::move(*json);
}

Unexpected<ApiReply> refused(const backtest::SweepError& error, exchange::Language language) {
    const auto field = error.field.empty() ? std::string{"sweep"} : error.field;
    return Unexpected{refused_field(field, field + " " + (error.setting ? trading::sentence(*error.setting, language) : error.sentence) + ".")};
}

ApiReply conflict(const char* code, const char* sentence) { return problem_reply(409, code, "Conflict", sentence); }

}  // namespace

Result<SweepJob::Count, ApiReply> SweepJob::count(const BacktestAsked& asked, const std::string& body) {
    const auto json = wire::Json::parse(body);
    BF_ASSERT(json.has_value());
    const auto wanted = (*json)["sweep"];
    if (!wanted.is_object()) return Unexpected{refused_field("sweep", "sweep must be an object: the ranges, and how to search them.")};
    auto spec = backtest::read_sweep(wanted);
    if (!spec) return refused(spec.error(), asked.language);
    auto variants = backtest::Variants::make(asked.settings, std::move(*spec));
    if (!variants) return refused(variants.error(), asked.language);
    const auto figures = variants->size() * (1 + variants->spec().pieces);
    if (figures > kFiguresMax)
        return Unexpected{refused_field("walk_forward.pieces", backtest::with_commas(variants->size()) + " variants on " + std::to_string(variants->spec().pieces) +
                                                                   " pieces each are more than a server keeps: take fewer of one of them, or the command line.")};
    BF_TRY(auto ground, lay_ground(asked));
    return Count{std::move(*variants), std::move(ground)};
}

std::optional<ApiReply> SweepJob::begin(BacktestAsked asked, const std::string& body) {
    auto counted = count(asked, body);
    if (!counted) return std::move(counted).error();
    const Lock lock{mutex_};
    asked_ = std::move(asked);
    variants_ = std::move(counted->variants);
    ground_ = std::move(counted->ground);
    loaded_ = true;
    // A set that grows later must not change which candles these are.
    const auto& time = ground_->candles.time;
    asked_.from = Instant::from_ms(time[ground_->first]);
    asked_.to = Instant::from_ms(time[ground_->last - 1] + ground_->candles.interval.count());
    // Nor rates that are fetched later, what is counted here.
    asked_.fetched_funding = false;
    if (asked_.funding.empty() && !ground_->funding.empty()) asked_.funding = backtest::funding_text(ground_->funding);
    const auto& spec = variants_->spec();
    std::string members;
    JsonWriter out{members};
    out.begin_object().member("strategy", asked_.settings.name).member("pair", asked_.pair).member("market", market::to_string(ground_->plan.rules.market)).member("candles", asked_.set_name);
    out.member("from", asked_.from->ms()).member("to", asked_.to->ms()).member("candle_count", ground_->last - ground_->first).member("fill", backtest::to_string(asked_.fill));
    out.member("entries", backtest::to_string(ground_->plan.entries)).member("listed_instrument", asked_.instrument.has_value()).member("variants", variants_->size());
    out.key("funding_told");
    backtest::write(out, ground_->plan.assumptions.funding_told);
    out.member("grid", std::to_string(backtest::grid_size(spec))).member("pieces", spec.pieces).key("paths").begin_array();
    for (const auto& range : spec.ranges) out.text(range.path);
    out.end_array().end_object();
    told_once_ = members.substr(1, members.size() - 2);
    if (!save()) return problem_reply(500, "disk", "Failed", "The sweep can't be written to the disk.");
    return std::nullopt;
}

bool SweepJob::save() const {
    if (forgotten_) return true;
    std::string text;
    JsonWriter out{text};
    out.begin_object().member("at", at.ms()).member("state", kStates[static_cast<std::size_t>(state_)]).member("problem", problem_).member("tried", tried_);
    out.member("out_of_range", out_of_range_).member("best", best_).member("went_on", went_on_).member("head", told_once_).key("instrument");
    if (asked_.instrument) write_instrument(out, *asked_.instrument);
    else out.null();
    out.key("asked").begin_object();
    write_asked(out, asked_, asked_.settings);
    out.key("sweep");
    write_spec(out, variants_->spec());
    out.end_object().end_object();
    const std::string_view pieces[] = {text};
    return backtest::write_whole(path(".json"), pieces).has_value();
}

std::shared_ptr<SweepJob> SweepJob::restore(const std::string& folder, const std::string& candles, const std::string& id) {
    const auto json = read_document(folder + "/" + id + ".json");
    if (!json) return nullptr;
    const auto at = (*json)["at"].integer();
    const auto head = (*json)["head"].text(), state = (*json)["state"].text();
    if (!at || !head || head->empty() || !state) return nullptr;
    auto job = std::make_shared<SweepJob>(folder, candles, id, Instant::from_ms(*at));
    job->told_once_ = *head;
    job->problem_ = (*json)["problem"].text().value_or("");
    // What was running or waiting when the program ended is stopped until it is gone on with.
    job->state_ = *state == "done" ? State::done : *state == "failed" ? State::failed : State::stopped;
    job->interrupted_ = *state == "running" || *state == "waiting";
    job->tried_ = static_cast<std::size_t>((*json)["tried"].integer().value_or(0));
    job->out_of_range_ = static_cast<std::size_t>((*json)["out_of_range"].integer().value_or(0));
    job->best_ = (*json)["best"].decimal();
    if (const auto rows = (*json)["went_on"].integer()) job->went_on_ = static_cast<std::size_t>(*rows);
    return job;
}

void SweepJob::load() {
    if (loaded_) return;
    loaded_ = true;
    const auto json = read_document(path(".json"));
    if (!json) return;
    const auto asked = (*json)["asked"];
    BacktestPlaces places;
    places.folder = candles_folder_;
    places.strategy = [](std::string_view) { return std::nullopt; };
    places.instrument = [&](const backtest::CandleKey&) { return read_instrument((*json)["instrument"]); };
    auto settings = trading::read_settings(asked["settings"]);
    auto spec = backtest::read_sweep(asked["sweep"]);
    if (!settings || !spec) return;
    auto variants = backtest::Variants::make(*settings, std::move(*spec));
    if (!variants) return;
    variants_ = std::move(*variants);
    if (auto read = read_asked(asked, places, exchange::Language::en)) {
        asked_ = std::move(*read);
        if (auto ground = lay_ground(asked_)) ground_ = std::move(*ground);
    }
    take_rows(SweepFile::read(path(".rows"), *variants_));
}

void SweepJob::unload() {
    const Lock lock{mutex_};
    if (state_ == State::waiting || state_ == State::running) return;
    loaded_ = false;
    rows_ = {};
    variants_.reset();
    ground_.reset();
    asked_ = {};
}

void SweepJob::add(backtest::SweepRow&& row) {
    ++tried_;
    if (!row.valid) ++out_of_range_;
    else if (!best_ || row.net_profit > *best_) best_ = row.net_profit;
    rows_.push_back(std::move(row));
    ranked_ = false;
}

void SweepJob::take_rows(std::vector<backtest::SweepRow>&& rows) {
    tried_ = out_of_range_ = 0;
    best_.reset();
    rows_.clear();
    for (auto& row : rows) add(std::move(row));
}

void SweepJob::settle(State state, std::string problem) {
    state_ = state;
    problem_ = std::move(problem);
    // A disk that is full keeps the state before; a later start finds the rows.
    static_cast<void>(save());
}

std::optional<ApiReply> SweepJob::resume(By by) {
    const Lock lock{mutex_};
    if (state_ == State::waiting || state_ == State::running) return conflict("running", "The sweep runs, or is about to.");
    if (state_ == State::done) return conflict("done", "All its variants have been tried.");
    load();
    if (!variants_) return conflict("damaged", "What this sweep was asked can't be read any more. Start it anew.");
    if (!ground_) {
        // Perhaps they are back.
        loaded_ = false;
        return conflict("no_candles", "Its candles can't be read: the set is gone or damaged. Its rows are kept.");
    }
    if (by == By::start && went_on_ && tried_ <= *went_on_) {
        settle(State::stopped, kNoFurther);
        return conflict("no_further", kNoFurther);
    }
    went_on_ = by == By::start ? std::optional{tried_} : std::nullopt;
    stop = false;
    settle(State::waiting);
    return std::nullopt;
}

void SweepJob::stop_waiting() {
    const Lock lock{mutex_};
    if (state_ == State::waiting) settle(State::stopped);
}

void SweepJob::forget() {
    const Lock lock{mutex_};
    forgotten_ = true;
    for (const auto* kind : {".json", ".rows"}) static_cast<void>(backtest::remove_file(path(kind)));
}

void SweepJob::run(unsigned threads) {
    {
        const Lock lock{mutex_};
        if (state_ != State::waiting || forgotten_ || !variants_ || !ground_) return;
        settle(State::running);
    }
    // From here to the end nobody else changes what was asked.
    const backtest::CandleIndex index{ground_->candles};
    const auto ground = sweep_ground(index);
    auto file = SweepFile::open(path(".rows"), sweep_fingerprint(asked_.settings, variants_->spec(), ground), *variants_);
    if (!file) {
        const Lock lock{mutex_};
        return settle(State::failed, file.error().kind == ErrorKind::conflict ? kOthers : kDisk);
    }
    std::vector<bool> done(variants_->size());
    for (const auto& row : file->rows) done[row.variant] = true;
    {
        const Lock lock{mutex_};
        take_rows(std::move(file->rows));
    }
    bool kept = true, whole = false;
    backtest::run_variants(*variants_, ground, threads, done, [&](backtest::SweepRow&& row) {
        kept = file->put(*variants_, row);
        if (!kept) return false;
        const Lock lock{mutex_};
        add(std::move(row));
        return !stop;
    });
    const Lock lock{mutex_};
    whole = rows_.size() == variants_->size();
    // Its state on the disk stays "running", so that the next start goes on with it.
    if (kept && !whole && leaving) return;
    settle(!kept ? State::failed : whole ? State::done : State::stopped, kept ? "" : kDisk);
}

}  // namespace bf::server
