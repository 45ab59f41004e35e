// How the hub writes a message: only if somebody listens, and once for all who do.
#pragma once
#include "simulator/kucoin/stream.hpp"

namespace bf::simulator::kucoin {

template <class Write>
void Hub::publish(const std::string& topic, std::string_view subject, Write&& write, std::string_view account) {
    const std::string key = account.empty() ? topic : topic + '|' + std::string{account};
    if (!heard(key)) return;
    std::string message;
    JsonWriter out{message};
    out.begin_object().member("topic", topic).member("type", "message").member("subject", subject);
    if (!account.empty()) out.member("userId", account).member("channelType", "private");
    out.key("data").begin_object();
    write(out);
    out.end_object().end_object();
    send(key, message);
}

/// `instrument` null: nothing of one product. Heard under UNIFIED and TRADE (all), under the product and under the symbol.
template <class Write>
void Hub::publish_unified(std::string_view channel, const Account& account, const Instrument* instrument, Write&& write) {
    const std::string product = instrument == nullptr ? "" : instrument->is_futures() ? "FUTURES" : "SPOT";
    for (const std::string& type : {std::string{"UNIFIED"}, std::string{"TRADE"}, product}) {
        if (type.empty()) continue;
        for (const bool by_symbol : {false, true}) {
            if (by_symbol && instrument == nullptr) continue;
            const std::string name = std::string{channel} + '.' + type;
            const std::string key = name + (by_symbol ? ':' + instrument->native : std::string{}) + '|' + account.id;
            if (!heard(key)) continue;
            std::string message;
            JsonWriter out{message};
            constexpr std::int64_t kNano = 1'000'000;
            out.begin_object().member("T", type == "TRADE" && !product.empty() ? std::string{channel} + '.' + product : name);
            out.member("P", exchange_.now().ms() * kNano).key("d").begin_object();
            write(out);
            out.end_object().end_object();
            send(key, message);
        }
    }
}

}  // namespace bf::simulator::kucoin
