// What is sealed opens only as it was sealed: envelopes of the vault (which everything that the signer keeps lies in) and boxes to the signer.
// Any change, cut, other key or other binding is refused; arbitrary bytes never open.
#include "chance.hpp"
#include "signer/credentials.hpp"
#include "signer/sealing.hpp"
#include "vault/envelope.hpp"

#include <vector>

using namespace bf;

namespace {

const vault::NamedKey& key(bool other) {
    static const vault::NamedKey keys[] = {vault::random_key(), vault::random_key()};
    return keys[other ? 1 : 0];
}

/// Changes `bytes` as the input says; whether they are others now.
bool change(fuzz::Input& input, std::string& bytes) {
    const auto before = bytes;
    for (auto changes = input.below(4); changes > 0 && !bytes.empty(); --changes) bytes[input.pair() % bytes.size()] ^= static_cast<char>(input.byte());
    switch (input.below(4)) {
        case 1: bytes.resize(input.pair() % (bytes.size() + 1)); break;
        case 2: bytes.append(input.take(input.below(64))); break;
        case 3: bytes.insert(0, input.take(input.below(64))); break;
        default: break;
    }
    return bytes != before;
}

bool is(const crypto::Secret& secret, std::string_view plain) {
    return secret.reveal([&](std::string_view bytes) { return bytes == plain; });
}

void envelope(fuzz::Input& input) {
    const std::string plain{input.take(input.below(200))};
    // Up to three parts; where one ends and the next begins counts.
    const auto parts = [&](bool again) -> std::vector<std::string> {
        if (!again) return {"field", "vault", "spot"};
        return {std::string{input.take(input.below(8))}, std::string{input.take(input.below(8))}, std::string{input.take(input.below(8))}};
    };
    const bool bound_by_input = input.flag();
    const auto at = parts(bound_by_input);
    auto sealed = vault::seal(key(false), vault::Binding{at[0], at[1], at[2]}, crypto::Secret::take(std::string{plain}));
    const bool changed = change(input, sealed);
    const bool other_key = input.below(8) == 7;
    const auto then = input.below(4) == 3 ? parts(true) : at;
    const auto opened = vault::open(key(other_key), vault::Binding{then[0], then[1], then[2]}, sealed);
    fuzz::must(opened.has_value() == (!changed && !other_key && then == at), "an envelope opens as it was sealed, and in no other way");
    fuzz::must(!opened || is(*opened, plain), "and gives what was put in");
}

void box(fuzz::Input& input) {
    static const signer::SealingKey ours, another;
    const std::string plain{input.take(input.below(200))};
    auto sealed = signer::seal(input.below(8) == 7 ? another.public_key() : ours.public_key(), crypto::Secret::take(std::string{plain}));
    const bool changed = change(input, sealed);
    const auto opened = ours.open(sealed);
    if (another.open(sealed)) return fuzz::must(!changed && !opened, "a box opens for one key");
    fuzz::must(opened.has_value() != changed, "a box opens as it was sealed, and in no other way");
    fuzz::must(!opened || is(*opened, plain), "and gives what was put in");
}

void bytes(fuzz::Input& input) {
    static const signer::SealingKey ours;
    const auto any = input.rest();
    fuzz::must(!vault::open(key(false), vault::Binding{"field"}, any), "no envelope of ours");
    fuzz::must(!ours.open(any), "no box of ours");
    if (auto fields = signer::parse_credentials(crypto::Secret::take(std::string{any}))) fuzz::must(fields->key.size() + fields->secret.size() <= any.size(), "unescaped is never longer");
    fuzz::must(vault::to_key_id(any).has_value() == (any.size() == 16), "an id is sixteen bytes");
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    fuzz::tame_sodium();
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input{data, size};
    switch (input.below(3)) {
        case 0: envelope(input); break;
        case 1: box(input); break;
        default: bytes(input); break;
    }
    return 0;
}
