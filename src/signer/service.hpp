// Answers the signer's questions: bytes in, bytes out. Everything the signer decides is here; sockets and hardening are around it.
#pragma once
#include "ports/clock.hpp"
#include "signer/keyring.hpp"
#include "signer/policy.hpp"
#include "signer/sealing.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bf::signer {

/// How far the time to sign for may be from our own clock. A signature for tomorrow would be worth a stolen key for a day.
inline constexpr milliseconds kClockTolerance = seconds{60};

class Service {
public:
    struct World {
        CallsOf calls_of;
        Policy& policy;
        const ports::Clock& clock;
    };
    Service(World world, std::vector<Feature> features);

    /// Answers `message`, whatever it holds, by replacing the content of `reply`.
    void answer(std::string_view message, std::string& reply);

private:
    Answer handle(const HelloRequest& question);
    Answer handle(const CheckShapeRequest& question);
    Answer handle(AddRequest& question);
    Answer handle(const RemoveRequest& question);
    Answer handle(const ListRequest& question);
    Answer handle(const auto&) { return Refused{Refusal::vault_closed, "this signer runs without a vault", {}}; }
    [[nodiscard]] Result<exchange::CredentialFields, Refused> open(std::string_view sealed) const;
    void sign(std::uint64_t id, const SignRequest& question, std::string& reply);
    std::optional<Refused> sign(const SignItem& item, Instant now);

    World world_;
    std::vector<Feature> features_;
    SealingKey sealing_;
    Keyring keyring_;
    exchange::RequestList requests_;
};

}  // namespace bf::signer
