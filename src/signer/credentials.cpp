#include "signer/credentials.hpp"

#include "base/utf8.hpp"

#include <array>
#include <cstring>
#include <optional>
#include <span>

namespace bf::signer {
namespace {

using Bytes = std::span<unsigned char>;

constexpr unsigned kNone = 0xffffffffU;

/// A cursor over the object. Strings are unescaped onto themselves: the unescaped form is never longer.
class Parser {
public:
    explicit Parser(Bytes text) : text_{text} {}

    [[nodiscard]] bool take(unsigned char expected) {
        skip_space();
        if (at_ == text_.size() || text_[at_] != expected) return false;
        ++at_;
        return true;
    }
    [[nodiscard]] bool take_word(std::string_view word) {
        skip_space();
        if (text_.size() - at_ < word.size() || std::memcmp(text_.data() + at_, word.data(), word.size()) != 0) return false;
        at_ += word.size();
        return true;
    }
    [[nodiscard]] bool at_end() {
        skip_space();
        return at_ == text_.size();
    }

    /// The unescaped content of the string that begins here.
    std::optional<Bytes> string() {
        if (!take('"')) return std::nullopt;
        const auto begin = at_;
        auto write = at_;
        while (at_ < text_.size()) {
            const auto byte = text_[at_];
            if (byte == '"') {
                ++at_;
                return text_.subspan(begin, write - begin);
            }
            if (byte < 0x20) return std::nullopt;
            if (!(byte == '\\' ? escape(write) : plain(write))) return std::nullopt;
        }
        return std::nullopt;
    }

private:
    void skip_space() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) ++at_;
    }

    /// One UTF-8 character as it stands.
    bool plain(std::size_t& write) {
        const auto size = utf8_at({reinterpret_cast<const char*>(text_.data()) + at_, text_.size() - at_}).size;
        if (size == 0) return false;
        for (std::size_t i = 0; i < size; ++i) text_[write++] = text_[at_++];
        return true;
    }

    bool escape(std::size_t& write) {
        ++at_;
        if (at_ == text_.size()) return false;
        const auto kind = text_[at_++];
        constexpr std::string_view kNames = "\"\\/bfnrt";
        constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
        if (const auto which = kNames.find(static_cast<char>(kind)); which != std::string_view::npos) {
            text_[write++] = static_cast<unsigned char>(kMeanings[which]);
            return true;
        }
        if (kind != 'u') return false;
        unsigned point = hex4();
        if (point >= 0xd800 && point < 0xdc00) {
            if (text_.size() - at_ < 2 || text_[at_] != '\\' || text_[at_ + 1] != 'u') return false;
            at_ += 2;
            const unsigned low = hex4();
            if (low < 0xdc00 || low > 0xdfff) return false;
            point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
        } else if (point == kNone || (point >= 0xdc00 && point < 0xe000)) {
            return false;
        }
        append(write, point);
        return true;
    }

    unsigned hex4() {
        if (text_.size() - at_ < 4) return kNone;
        unsigned value = 0;
        for (int i = 0; i < 4; ++i) {
            const auto c = text_[at_++];
            const unsigned digit = c >= '0' && c <= '9'   ? c - unsigned{'0'}
                                   : c >= 'a' && c <= 'f' ? c - unsigned{'a'} + 10
                                   : c >= 'A' && c <= 'F' ? c - unsigned{'A'} + 10
                                                          : kNone;
            if (digit == kNone) return kNone;
            value = value << 4 | digit;
        }
        return value;
    }

    void append(std::size_t& write, unsigned point) {
        const auto put = [&](unsigned byte) { text_[write++] = static_cast<unsigned char>(byte); };
        if (point < 0x80) return put(point);
        if (point < 0x800) {
            put(0xc0 | point >> 6);
        } else {
            if (point < 0x10000) {
                put(0xe0 | point >> 12);
            } else {
                put(0xf0 | point >> 18);
                put(0x80 | (point >> 12 & 0x3f));
            }
            put(0x80 | (point >> 6 & 0x3f));
        }
        put(0x80 | (point & 0x3f));
    }

    Bytes text_;
    std::size_t at_{0};
};

/// The key stands in requests, which are written into buffers of a fixed size.
constexpr std::size_t kKeySizeMax = 256;

struct Found {
    std::optional<Bytes> key, secret, passphrase;
};

/// Nothing if the text is exactly the object, else what is wrong with it.
const char* parse_object(Parser& parser, Found& found) {
    if (!parser.take('{')) return "it is not a JSON object";
    if (parser.take('}')) return "the member key is missing";
    bool passphrase_null = false;
    do {
        const auto name = parser.string();
        if (!name || !parser.take(':')) return "it is not a JSON object of texts";
        const std::string_view word{reinterpret_cast<const char*>(name->data()), name->size()};
        auto* field = word == "key" ? &found.key : word == "secret" ? &found.secret : word == "passphrase" ? &found.passphrase : nullptr;
        if (field == nullptr) return "it has a member other than key, secret and passphrase";
        if (*field || (field == &found.passphrase && passphrase_null)) return "it has a member twice";
        if (field == &found.passphrase && parser.take_word("null")) {
            passphrase_null = true;
            continue;
        }
        *field = parser.string();
        if (!*field) return word == "key" ? "key is not a JSON text" : word == "secret" ? "secret is not a JSON text" : "passphrase is not a JSON text";
    } while (parser.take(','));
    if (!parser.take('}')) return "it is not a JSON object of texts";
    if (!parser.at_end()) return "something follows the object";
    if (!found.key) return "the member key is missing";
    if (!found.secret) return "the member secret is missing";
    if (found.key->size() > kKeySizeMax) return "the key has more than 256 characters: no exchange's key is so long";
    return nullptr;
}

crypto::Secret copy(Bytes bytes) {
    auto secret = crypto::Secret::zeros(bytes.size());
    secret.fill([bytes](Bytes into) {
        if (!bytes.empty()) std::memcpy(into.data(), bytes.data(), bytes.size());
    });
    return secret;
}

}  // namespace

Result<exchange::CredentialFields> parse_credentials(crypto::Secret json) {
    return json.fill([](Bytes text) -> Result<exchange::CredentialFields> {
        Parser parser{text};
        Found found;
        if (const char* wrong = parse_object(parser, found); wrong != nullptr)
            return bad_input(std::string{"the credentials can't be read: "} + wrong);
        exchange::CredentialFields fields{copy(*found.key), copy(*found.secret), std::nullopt};
        if (found.passphrase) fields.passphrase = copy(*found.passphrase);
        return fields;
    });
}

}  // namespace bf::signer
