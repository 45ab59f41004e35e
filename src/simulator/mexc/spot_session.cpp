// One client's spot connection: subscriptions by channel name, PING. A refused channel is answered with code 0 like an accepted one.
#include "simulator/mexc/stream.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace bf::simulator::mexc {
namespace {

constexpr std::size_t kChannelsMax = 30;

class SpotSession final : public Session {
public:
    SpotSession(Hub& hub, Pusher& pusher, std::string account, std::function<bool()> key_lives)
        : Session{pusher, hub.exchange().true_now()}, hub_{hub}, account_{std::move(account)}, key_lives_{std::move(key_lives)} {
        hub_.enter(*this);
    }
    SpotSession(const SpotSession&) = delete;
    SpotSession& operator=(const SpotSession&) = delete;
    ~SpotSession() override {
        for (const auto& channel : channels_) hub_.leave(channel, *this);
        hub_.exit(*this);
    }

    void on_text(std::string_view message) override {
        heard_ = hub_.exchange().true_now();
        const auto json = wire::Json::parse(message);
        if (!json || !json->root().is_object()) return acknowledge("Invalid request");
        const auto method = (*json)["method"].text().value_or("");
        if (method == "PING") return acknowledge("PONG");
        const bool on = method == "SUBSCRIPTION";
        if (!on && method != "UNSUBSCRIPTION") return acknowledge("Invalid method");
        const auto list = (*json)["params"];
        for (std::size_t i = 0; i < list.size(); ++i) {
            const std::string channel{list.at(i).text().value_or("")};
            if (!known(channel) || (on && channels_.size() >= kChannelsMax)) {
                acknowledge("Not Subscribed successfully! [" + channel + "]. Reason： Blocked!");
                continue;
            }
            set(channel.starts_with("spot@private.") ? channel + '|' + account_ : channel, on);
            acknowledge(channel);
        }
    }

private:
    [[nodiscard]] bool may_stay() const override { return !key_lives_ || key_lives_(); }

    void acknowledge(const std::string& text) {
        std::string out;
        JsonWriter{out}.begin_object().member("id", 0).member("code", 0).member("msg", text).end_object();
        pusher_.reply(std::move(out));
    }

    void set(const std::string& channel, bool on) {
        if (on == channels_.contains(channel)) return;
        if (on) {
            channels_.insert(channel);
            hub_.join(channel, *this);
        } else {
            channels_.erase(channel);
            hub_.leave(channel, *this);
        }
    }

    /// Channels of the schema; the ticker channels are blocked, as on the exchange since August 2025.
    [[nodiscard]] bool known(const std::string& channel) const {
        const auto parts = split(channel, '@');
        if (parts.size() < 2 || parts[0] != "spot") return false;
        const auto is_symbol = [&](std::size_t at) { return parts.size() > at && spot_instrument(hub_.exchange(), parts[at]) != nullptr; };
        const auto is_speed = [&](std::size_t at) { return parts.size() > at && (parts[at] == "100ms" || parts[at] == "10ms"); };
        const auto name = parts[1];
        if (name == "private.orders.v3.api.pb" || name == "private.deals.v3.api.pb" || name == "private.account.v3.api.pb")
            return !account_.empty() && parts.size() == 2;
        if (name == "public.aggre.deals.v3.api.pb" || name == "public.aggre.depth.v3.api.pb" || name == "public.aggre.bookTicker.v3.api.pb")
            return parts.size() == 4 && is_speed(2) && is_symbol(3);
        if (name == "public.kline.v3.api.pb") {
            const auto list = intervals();
            return parts.size() == 4 && is_symbol(2) &&
                   std::any_of(list.begin(), list.end(), [&](const SpotInterval& one) { return one.stream_name == parts[3]; });
        }
        if (name == "public.limit.depth.v3.api.pb") return parts.size() == 4 && is_symbol(2) && (parts[3] == "5" || parts[3] == "10" || parts[3] == "20");
        return false;
    }

    Hub& hub_;
    std::string account_;
    std::function<bool()> key_lives_;
    std::set<std::string> channels_;
};

}  // namespace

std::unique_ptr<Socket> open_spot_session(Hub& hub, Pusher& pusher, std::string account, std::function<bool()> key_lives) {
    return std::make_unique<SpotSession>(hub, pusher, std::move(account), std::move(key_lives));
}

}  // namespace bf::simulator::mexc
