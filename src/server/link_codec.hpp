// What web, command line and engine say to each other over the Unix socket: JSON messages, one a frame.
//   question {"id":1,"method":"GET","path":"/api/v1/connections","query":"","body":"","lang":"en","actor":{"account":"owner","role":"owner","local":false,"stepped_up_at":1700000000000}}
//   answer   {"id":1,"status":200,"body":"..."}
//   event    {"event":{"en":"<json>","nl":"<json>"}}     to every peer that asked for events: {"id":0,"events":true}
#pragma once
#include "server/api.hpp"

#include <optional>
#include <variant>

namespace bf::server {

struct LinkQuestion {
    std::uint64_t id{0};
    ApiRequest request;
};
struct WantsEvents {};
struct LinkAnswer {
    std::uint64_t id{0};
    ApiReply reply;
};
/// The same message in every language of the product.
struct LinkEvent {
    std::string en;
    std::string nl;
};

std::string encode(const LinkQuestion& question);
std::string encode(const LinkAnswer& answer);
std::string encode(const LinkEvent& event);
std::string wants_events();

/// What a peer may say to the engine; nothing for anything else.
std::optional<std::variant<LinkQuestion, WantsEvents>> decode_to_engine(std::string_view message);
std::optional<std::variant<LinkAnswer, LinkEvent>> decode_from_engine(std::string_view message);

}  // namespace bf::server
