#include "backtest/candle_gzip.hpp"

#include "backtest/candle_words.hpp"
#include "backtest/pieces.hpp"

#include <algorithm>
#include <vector>
// Without it what zlib reads is no const, and the bytes of a mapped file are.
#define ZLIB_CONST
#include <zlib.h>

namespace bf::backtest {
namespace {

/// A window of 32 KiB, and gzip's head and checksum around it.
constexpr int kGzip = 15 + 16;

}  // namespace

struct Gunzip::State {
    explicit State(std::string_view bytes, const std::string& of) : left{bytes}, name{of} {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { inflateEnd(&stream); }

    std::string_view left;
    const std::string& name;
    z_stream stream{};
    bool ended{false};  ///< A member is over; another may follow.
    std::uint64_t came{0};
    std::vector<unsigned char> piece = std::vector<unsigned char>(kPiece);
};

bool looks_like_gzip(std::string_view bytes) { return bytes.starts_with("\x1f\x8b"); }

Gunzip::Gunzip(std::unique_ptr<State> state) : state_{std::move(state)} {}
Gunzip::Gunzip(Gunzip&&) noexcept = default;
Gunzip::~Gunzip() = default;

Result<Gunzip> Gunzip::open(std::string_view bytes, const std::string& name) {
    auto state = std::make_unique<State>(bytes, name);
    if (inflateInit2(&state->stream, kGzip) != Z_OK) return bad_input(name + " can't be unpacked: there is no memory left for it.");
    return Gunzip{std::move(state)};
}

Result<std::string_view> Gunzip::next(std::uint64_t bytes_max) {
    auto& state = *state_;
    auto& stream = state.stream;
    stream.next_out = state.piece.data();
    stream.avail_out = static_cast<unsigned>(state.piece.size());
    while (stream.avail_out > 0) {
        if (state.ended) {
            // Zeros behind it fill up a block.
            while (state.left.starts_with('\0')) state.left.remove_prefix(1);
            if (state.left.empty()) break;
            inflateReset(&stream);
            state.ended = false;
        }
        const auto given = std::min<std::size_t>(state.left.size(), kPiece);
        stream.next_in = reinterpret_cast<const unsigned char*>(state.left.data());  // NOLINT: zlib counts in unsigned bytes
        stream.avail_in = static_cast<unsigned>(given);
        const int status = inflate(&stream, Z_NO_FLUSH);
        state.left.remove_prefix(given - stream.avail_in);
        if (status == Z_STREAM_END) state.ended = true;
        else if (status == Z_BUF_ERROR || (status == Z_OK && state.left.empty() && stream.avail_out > 0)) return bad_input(state.name + " is cut off: its gzip ends too early.");
        else if (status != Z_OK) return bad_input(state.name + " is damaged: its gzip can't be unpacked.");
    }
    const auto got = state.piece.size() - stream.avail_out;
    state.came += got;
    if (state.came > bytes_max) return bad_input(state.name + " " + unpacks_to_more_than(bytes_max) + ".");
    return std::string_view{reinterpret_cast<const char*>(state.piece.data()), got};  // NOLINT: the same bytes
}

}  // namespace bf::backtest
