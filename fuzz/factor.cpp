// Second factors: codes as somebody types them who does not have them, passkeys as no browser hands them over, and stored records as they might come out of a damaged program. A code
// is good when the app shows it or when it is one of the recovery codes, once each, and in no other spelling but spaces, dashes and the case of letters.
#include "base/bytes.hpp"
#include "chance.hpp"
#include "signer/second_factor.hpp"
#include "sqlite_alone.hpp"
#include "support/authenticator_app.hpp"
#include "support/scratch.hpp"

#include <algorithm>
#include <set>
#include <sodium.h>

using namespace bf;
using namespace bf::signer;

namespace {

constexpr const char* kKind = "second factor";

std::string code_of(const std::string& base32, Instant now, std::int64_t steps) { return test::app_shows(base32, now + seconds{30 * steps}); }

std::string plain(std::string_view typed) {
    std::string out;
    for (const char c : typed)
        if (c != ' ' && c != '-') out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    return out;
}

class House {
public:
    House() {
        secret_ = std::get<FactorBegun>(Answer{factor_.begin("owner", now_).value()}).secret;
        begin();
    }
    /// As the first inputs found it.
    void begin() {
        now_ = Instant::from_ms(1'790'000'010'000);
        used_.clear();
        if (!confirmed_) {
            const auto codes = factor_.confirm({"owner", code_of(secret_, now_, 0)}, now_);
            fuzz::must(std::holds_alternative<FactorCodes>(codes), "a first good code puts it in force");
            recovery_ = std::get<FactorCodes>(codes).codes;
            record_.emplace(std::move(door_.vault().value()->item(kKind, "owner").value().value()));
            confirmed_ = true;
        } else if (dirty_) {
            put("owner", *record_);
            (void)door_.vault().value()->remove_item(kKind, "eve").has_value();
        }
        dirty_ = false;
        now_ = now_ + seconds{60};
    }
    void codes(fuzz::Input& input) {
        dirty_ = true;
        for (int tries = 0; tries < 4 && !input.empty(); ++tries) {
            now_ = now_ + seconds{input.below(120)};
            const auto kind = input.below(8);
            std::string typed;
            if (kind == 0) typed = code_of(secret_, now_, static_cast<std::int64_t>(input.below(5)) - 2);
            else if (kind == 1) typed = recovery_[input.below(recovery_.size())];
            else typed = input.take(input.below(40));
            if (input.flag() && !typed.empty()) typed[input.byte() % typed.size()] = static_cast<char>(input.byte());
            if (input.flag()) typed.insert(input.byte() % (typed.size() + 1), 1, '-');
            const auto verdict = factor_.check("owner", typed, now_);
            fuzz::must(verdict.has_value(), "an account's code is judged");
            if (verdict->kind != FactorVerdict::Kind::ok) continue;
            const auto given = plain(typed);
            bool right = false;
            for (const auto step : {-1, 0, 1}) right = right || given == code_of(secret_, now_, step);
            for (const auto& one : recovery_) right = right || given == plain(one);
            fuzz::must(right, "only a right code is good");
            fuzz::must(used_.insert(given).second, "a code is good once");
        }
    }
    /// What a browser could hand over that is no browser: answers to challenges, and what an authenticator is said to have made.
    void passkeys(fuzz::Input& input) {
        dirty_ = true;
        const std::string origin = "https://bot.example";
        now_ = now_ + seconds{60};
        const auto begun = factor_.begin_passkey("owner", code_of(secret_, now_, 0), origin, now_);
        const auto* asked = std::get_if<PasskeyAsked>(&begun);
        if (asked == nullptr) return;
        auto client = R"({"type":"webauthn.create","challenge":")" + asked->challenge + R"(","origin":")" + origin + R"("})";
        for (auto changes = input.below(3); changes > 0; --changes) client[input.byte() % client.size()] = static_cast<char>(input.byte());
        std::string made(32, '\0');
        (void)crypto_hash_sha256(reinterpret_cast<unsigned char*>(made.data()), reinterpret_cast<const unsigned char*>("bot.example"), 11);
        if (input.flag()) made.clear();
        made += input.take(input.pair() % 600);
        if (const auto added = factor_.add_passkey({"owner", "device", client, made}, now_); added) {
            fuzz::must(added->entries.size() == 1, "it is listed");
            const auto challenge = factor_.ask_passkey("owner", origin, now_);
            fuzz::must(challenge.has_value(), "and can be asked for");
            const auto said = R"({"type":"webauthn.get","challenge":")" + challenge->challenge + R"(","origin":")" + origin + R"("})";
            std::string answer = "passkey." + challenge->credentials[0] + "." + to_base64url(said);
            for (int part = 0; part < 3; ++part) answer += "." + to_base64url(input.take(input.below(120)));
            check_no(answer);
        }
        check_no("passkey." + std::string{input.take(input.below(300))});
    }
    void record(fuzz::Input& input) {
        dirty_ = true;
        // A sound one changed, or any bytes.
        if (input.flag()) {
            auto bytes = record_->reveal([](std::string_view sound) { return std::string{sound}; });
            for (auto changes = input.below(6); changes > 0; --changes) bytes[input.pair() % bytes.size()] = static_cast<char>(input.byte());
            if (input.flag()) bytes.resize(input.pair() % (bytes.size() + 1));
            put("eve", crypto::Secret::take(std::move(bytes)));
        } else {
            put("eve", crypto::Secret::take(std::string{input.take(input.pair() % 1000)}));
        }
        const std::string code{input.take(20)};
        now_ = Instant::from_ms(static_cast<std::int64_t>(input.pair()) << input.below(32));
        for (const auto* account : {"eve", "owner"}) {
            const auto state = factor_.state(account, now_);
            fuzz::must(state.has_value() || !state.error().detail.empty(), "a refusal has a sentence");
        }
        (void)factor_.trusted(now_).has_value();
        switch (input.below(6)) {
            case 0: (void)factor_.check("eve", code, now_).has_value(); break;
            case 1: (void)factor_.renew("eve", code, now_); break;
            case 2: (void)factor_.remove("eve", input.flag() ? code : std::string{}, now_); break;
            case 3: (void)factor_.vouch("eve", "owner", code, now_); break;
            case 4: (void)factor_.begin("eve", now_).has_value(); break;
            default: (void)factor_.confirm({"eve", code, input.flag()}, now_); break;
        }
    }
    void names(fuzz::Input& input) {
        const auto name = input.take(input.byte());
        const auto begun = factor_.begin(name, now_);
        const bool sound = !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) { return std::string_view{"abcdefghijklmnopqrstuvwxyz0123456789._-@+"}.find(c) != std::string_view::npos; });
        fuzz::must(begun.has_value() == (sound && name != "owner"), "a name is one, and the owner has a factor");
        if (begun) (void)door_.vault().value()->remove_item(kKind, name).has_value();
    }

private:
    void check_no(const std::string& answer) {
        const auto verdict = factor_.check("owner", answer, now_);
        fuzz::must(verdict.has_value() && verdict->kind != FactorVerdict::Kind::ok, "nobody proves anything without the key");
    }
    void put(const char* account, const crypto::Secret& bytes) { fuzz::must(door_.vault().value()->put_item(kKind, account, bytes).has_value(), "the vault keeps a record"); }

    test::Scratch scratch_;
    VaultDoor door_{VaultPlace{scratch_.path() / "vault", {}, vault::KdfCost{1, 8192}}};
    SecondFactor factor_{door_};
    Instant now_{Instant::from_ms(1'790'000'010'000)};
    std::string secret_{};
    std::vector<std::string> recovery_{};
    std::optional<crypto::Secret> record_{};
    std::set<std::string> used_{};
    bool confirmed_{false}, dirty_{false};
};

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    fuzz::tame_sodium();
    fuzz::sqlite_alone();
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static House house;
    house.begin();
    fuzz::Input input{data, size};
    switch (input.below(4)) {
        case 0: house.codes(input); break;
        case 1: house.record(input); break;
        case 3: house.passkeys(input); break;
        default: house.names(input); break;
    }
    return 0;
}
