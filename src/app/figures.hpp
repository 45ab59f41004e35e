// What the engine counts for its operators, in the text form that Prometheus scrapes: connections and streams by state, tests by result,
// calls to the exchanges by outcome and how long they took. The calls are counted where they pass: a transport before the real one.
#pragma once
#include "connection/book.hpp"
#include "ports/trading_store.hpp"
#include "ports/transport.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

namespace bf::app {

/// The exchange a host belongs to; nothing for a host of none.
std::optional<exchange::ExchangeId> exchange_of_host(const std::vector<const exchange::Info*>& exchanges, std::string_view host);

class Figures final : public ports::Transport {
public:
    Figures(ports::Transport& inner, const ports::Clock& clock, std::vector<const exchange::Info*> exchanges);

    void send(wire::Request request, milliseconds timeout, Done done) override;
    std::unique_ptr<ports::Stream> open_stream(std::string url, milliseconds timeout, ports::StreamHandler& handler) override {
        return inner_.open_stream(std::move(url), timeout, handler);
    }
    ports::Transport& over(ports::Family family) override { return family == ports::Family::v6 ? static_cast<ports::Transport&>(over_v6_) : *this; }
    void count_test(const connection::Record& record, bool light, const connection::Report& report);

    /// As of now; names and ids of connections are no part of it. Whoever reaches the dashboard may ask, so alarms are read every kAlarmsRead at most.
    using ReadAlarms = std::function<Result<std::vector<ports::StoredAlarm>>()>;
    std::string text(const connection::Book& book, const ReadAlarms& read_alarms);
    static constexpr seconds kAlarmsRead{5};

private:
    /// The same figures over the other family.
    class OverV6 final : public ports::Transport {
    public:
        explicit OverV6(Figures& owner) : owner_{owner} {}
        void send(wire::Request request, milliseconds timeout, Done done) override {
            owner_.send_by(owner_.inner_.over(ports::Family::v6), std::move(request), timeout, std::move(done));
        }
        std::unique_ptr<ports::Stream> open_stream(std::string url, milliseconds timeout, ports::StreamHandler& handler) override {
            return owner_.inner_.over(ports::Family::v6).open_stream(std::move(url), timeout, handler);
        }
        ports::Transport& over(ports::Family family) override { return owner_.over(family); }

    private:
        Figures& owner_;
    };
    void count_alarms(const ReadAlarms& read_alarms);
    void send_by(ports::Transport& way, wire::Request request, milliseconds timeout, Done done);

    ports::Transport& inner_;
    OverV6 over_v6_{*this};
    const ports::Clock& clock_;
    std::vector<const exchange::Info*> exchanges_;
    std::optional<std::chrono::microseconds> alarms_read_{};
    prometheus::Registry registry_;
    prometheus::Family<prometheus::Gauge>& connections_;
    prometheus::Family<prometheus::Gauge>& streams_;
    prometheus::Family<prometheus::Gauge>& alarms_;
    prometheus::Family<prometheus::Counter>& tests_;
    prometheus::Family<prometheus::Counter>& calls_;
    prometheus::Family<prometheus::Histogram>& latency_;
};

}  // namespace bf::app
