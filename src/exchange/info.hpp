// What is fixed about an exchange and needed before the first call: names, hosts, what its keys look like, which boxes to tick.
#pragma once
#include "exchange/call.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bf::exchange {

struct FieldShape {
    std::string_view id;        ///< "key", "secret", "passphrase"
    bool secret;
    std::string_view reject;    ///< ECMAScript pattern: a value in which it is found is refused. Empty: none.
    std::string_view expected;  ///< A value not matching it as a whole is a warning.
};

struct Rights {
    std::vector<std::string_view> tick;   ///< As the exchange's page names them.
    std::vector<std::string_view> never;
};

struct Info {
    ExchangeId id;
    std::string_view name;  ///< "KuCoin"
    std::vector<market::Market> markets;
    std::vector<Site> sites;
    std::string_view key_page;
    bool tells_our_address;        ///< There is a call that answers with our address, without a key.
    bool withdraw_right_readable;
    std::vector<FieldShape> fields;
    /// How the keys of our simulated exchange begin and no real key does: the demo takes these only.
    std::string_view simulated_key_mark;
    Rights spot_rights;
    Rights futures_rights;
    /// Hosts that serve futures only: `--base-url B` makes them B/futures, all others B.
    std::vector<std::string_view> futures_hosts;
    std::vector<std::string_view> other_hosts;
    /// Alphabet and length of a client order id.
    std::size_t client_order_id_length_max;
};

/// A slip of the paste. `fatal` ones are refused before anything is sent.
struct ShapeFinding {
    std::string field;
    bool fatal;
    enum class Kind : std::uint8_t { empty, white_space, swapped, unusual, missing, not_used, not_simulated } kind;
};

/// Looks at the shape of pasted credentials; never returns or keeps a piece of them. `passphrase` empty means not given.
std::vector<ShapeFinding> check_shape(const Info& info, std::string_view key, std::string_view secret,
                                      std::optional<std::string_view> passphrase);

}  // namespace bf::exchange
