// Passwords of the people who sign in: which are good enough, and how they are kept. Hashing costs a quarter of a second and 64 MiB on
// purpose, so it is done at a desk beside the loop, two at a time.
#pragma once
#include "base/error.hpp"
#include "net/loop.hpp"
#include "server/breached_passwords.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace bf::server {

/// Codes: password_too_short, password_too_long, password_weak, password_breached (of those that leaked most; the desk has the operator's list). `name` is the account's, which makes a bad password.
Status check_password(std::string_view password, std::string_view name);

enum class Strength : std::uint8_t { hopeless, weak, good };
/// Of what opens a vault or a backup, where nobody counts the tries: each costs half a second of a core. Hopeless: less than the door asks for,
/// a million guesses or six days of one core. Weak: less than ten thousand million, a hundred and sixty years of one. How short it may be
/// its users say.
Strength judge_passphrase(std::string_view passphrase);

/// Argon2id, with its parameters and salt in the text. Blocks.
Result<std::string> hash_password(std::string_view password);
/// Takes as long for a hash that nothing fits. Blocks.
bool verify_password(const std::string& hash, std::string_view password);
/// Whether the hash was made with other parameters than ours today.
bool is_outdated(const std::string& hash);
/// A hash that no password fits, for names that nobody has: whether there is such a name shows in no time measured.
const std::string& nobodys_hash();

class PasswordDesk {
public:
    struct Verdict {
        bool good{false};
        std::string renewed{};  ///< When good and the hash was outdated: a new one to keep instead.
    };
    virtual ~PasswordDesk() = default;
    /// False when too many wait already; then `done` is never called. Otherwise once, later, on the loop's thread.
    virtual bool verify(std::string hash, std::string password, std::function<void(Verdict)> done) = 0;
    /// Of a new password: refused with code password_breached when the list holds it, with breached_list when that can't be told.
    virtual bool hash(std::string password, std::function<void(Result<std::string>)> done) = 0;
};

/// The real one: two threads. `loop` outlives it. Without a list no password counts as breached.
std::unique_ptr<PasswordDesk> make_password_desk(net::Loop& loop, std::optional<BreachedPasswords> breached = {});

}  // namespace bf::server
