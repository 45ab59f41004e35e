// MEXC requests while they are written. An order request allocates nothing after the first: its text grows on the stack and is copied
// into memory that is used again. The requests handed in may be stale: every part of them is written over.
#pragma once
#include "exchange/mexc/calls/key.hpp"

#include <algorithm>

namespace bf::exchange::mexc {

/// A spot request: everything in the query, in the order written, the signature last, no body. Values are symbols, ids and numbers,
/// whose characters need no escapes (check_arguments sees to it). Ends with `sign` or `send_unsigned`.
class SpotRequest {
public:
    SpotRequest(wire::Request& request, wire::Method method, std::string_view path) : request_{request}, query_at_{path.size() + 1} {
        request.method = method;
        text_.put(path);
    }

    template <class Value>
    SpotRequest& add(std::string_view name, const Value& value) {
        begin(name);
        text_.put(value);
        return *this;
    }
    SpotRequest& add_symbol(const market::Symbol& symbol) {
        begin("symbol");
        text_.put(symbol.base).put(symbol.quote);
        return *this;
    }
    /// Several parameters that are always the same, written out: "&side=BUY".
    SpotRequest& add_constant(std::string_view parameters) {
        text_.put(parameters);
        return *this;
    }
    SpotRequest& add_access(std::string_view name, const SigningKey& key) {
        begin(name);
        key.put_access(text_);
        return *this;
    }
    /// Adds time, window and signature.
    void sign(const SigningKey& key, Instant at);
    void send_unsigned();

private:
    void send();
    void begin(std::string_view name) { text_.put(text_.size() < query_at_ ? '?' : '&').put(name).put('='); }
    wire::Request& request_;
    Text text_;
    std::size_t query_at_;
};

/// A futures GET: parameters must come sorted by name, for they are signed that way; path parameters are not signed.
class FuturesQuery {
public:
    FuturesQuery(wire::Request& request, std::string_view path) : request_{request} {
        request.method = wire::Method::get;
        this->path(path);
    }
    /// For path parameters; before the first `add`.
    FuturesQuery& path(std::string_view more) {
        text_.put(more);
        path_size_ = text_.size();
        return *this;
    }
    FuturesQuery& path(const market::Symbol& symbol) { return path(symbol.base).path("_").path(symbol.quote); }

    template <class Value>
    FuturesQuery& add(std::string_view name, const Value& value) {
        begin(name);
        text_.put(value);
        return *this;
    }
    FuturesQuery& add_symbol(const market::Symbol& symbol) {
        begin("symbol");
        text_.put(symbol.base).put('_').put(symbol.quote);
        return *this;
    }
    void sign(const SigningKey& key, Instant at);
    void send_unsigned();

private:
    void send();
    void begin(std::string_view name) {
        BF_ASSERT(last_name_ < name);
        last_name_ = name;
        text_.put(text_.size() == path_size_ ? '?' : '&').put(name).put('=');
    }
    wire::Request& request_;
    Text text_;
    std::size_t path_size_{0};
    std::string_view last_name_{};
};

/// A futures POST: its JSON object is signed byte for byte. Names and values need no escapes, as above; amounts are JSON numbers.
class FuturesBody {
public:
    FuturesBody(wire::Request& request, std::string_view path) : request_{request} {
        request.method = wire::Method::post;
        overwrite(request.target, path);
    }
    template <std::size_t N, class Value>
    FuturesBody& number(const char (&name)[N], const Value& value) {
        begin(name).put(value);
        return *this;
    }
    template <std::size_t N>
    FuturesBody& text(const char (&name)[N], std::string_view value) {
        begin(name, true).put(value).put('"');
        return *this;
    }
    template <std::size_t N>
    FuturesBody& truth(const char (&name)[N]) {
        begin(name).put("true");
        return *this;
    }
    FuturesBody& symbol(const market::Symbol& symbol) {
        begin("symbol", true).put(symbol.base).put('_').put(symbol.quote).put('"');
        return *this;
    }
    void sign(const SigningKey& key, Instant at);

private:
    /// The name with all that stands around it as one piece, the quote that opens a text included: each further piece costs another look
    /// at how far the text is.
    template <std::size_t N>
    Text& begin(const char (&name)[N], bool is_text = false) {
        std::array<char, N + 4> piece;
        piece[0] = text_.size() == 0 ? '{' : ',';
        piece[1] = '"';
        std::memcpy(piece.data() + 2, name, N - 1);
        piece[N + 1] = '"';
        piece[N + 2] = ':';
        piece[N + 3] = '"';
        return text_.put(std::string_view{piece.data(), N + (is_text ? 4 : 3)});
    }
    wire::Request& request_;
    Text text_;
};

/// A futures POST of one id in a JSON array.
void write_id_list(wire::Request& request, std::string_view path, std::string_view id, const SigningKey& key, Instant at);

/// The text frame that signs a futures WebSocket in; muted, so that what is wanted is chosen by a filter afterwards.
void write_login_frame(wire::Request& request, const SigningKey& key, Instant at);

inline Unexpected<CallError> missing(const char* argument, std::string detail) {
    return Unexpected{CallError{CallError::Kind::missing_argument, argument, std::move(detail)}};
}
inline Unexpected<CallError> bad(const char* argument, std::string detail) {
    return Unexpected{CallError{CallError::Kind::bad_argument, argument, std::move(detail)}};
}
inline Unexpected<CallError> not_supported(std::string detail) {
    return Unexpected{CallError{CallError::Kind::not_supported, {}, std::move(detail)}};
}

}  // namespace bf::exchange::mexc
