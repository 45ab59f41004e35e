#include "exchange/kucoin/replies/session.hpp"

#include "exchange/kucoin/replies/control.hpp"
#include "exchange/kucoin/replies/events.hpp"

namespace bf::exchange::kucoin {
namespace {

using fast::Name;
using fast::token_of;
using wire::JsonWalk;

class Session final : public Control {
public:
    Session(const StreamPlan& plan, const Instruments* instruments) : plan_{plan}, events_{plan.market, instruments} {}

    Answer<void> on_text(std::string_view text, StreamSink& sink) override {
        events_.forget();
        Frame frame;
        if (!read(text, frame)) return not_json();
        // The data stood before the topic that explains it: once more, knowing.
        if (frame.data_came_early && !read(text, frame)) return not_json();
        if (frame.type == "message" || (frame.type.empty() && !frame.topic.empty())) {
            if (!events_.emit(sink)) return Unexpected{unreadable("a KuCoin stream event lacks what it must have")};
            return {};
        }
        return control(frame);
    }

private:
    struct Frame {
        std::string_view type, topic, id, code, message;
        bool data_came_early{false};
    };

    static Unexpected<Problem> not_json() { return Unexpected{unreadable("a KuCoin stream frame is not the documented JSON")}; }

    bool read(std::string_view text, Frame& frame) {
        return JsonWalk::through_padded(text, fast::parser_of_thread(), [&](JsonWalk& root) {
            return fast::each_member(root, [&](Name name, JsonWalk& value) { return read_member(name, value, frame); });
        });
    }
    bool read_member(Name name, JsonWalk& value, Frame& frame) {
        switch (name.front()) {
            case 't':
                if (name.is("type")) frame.type = token_of(value).text();
                else if (name.is("topic")) frame.topic = token_of(value).text();
                break;
            case 'd':
                if (name.is("data")) return read_data(value, frame);
                break;
            case 'i':
                if (name.is("id")) frame.id = token_of(value).text();
                break;
            case 'c':
                if (name.is("code")) frame.code = token_of(value).text();
                break;
            default: break;
        }
        return true;
    }

    bool read_data(JsonWalk& value, Frame& frame) {
        if (value.front() != '{') {
            frame.message = token_of(value).text();
            return true;
        }
        frame.data_came_early = frame.topic.empty();
        return frame.data_came_early || events_.read(parse_topic(frame.topic), value);
    }

    Answer<void> control(const Frame& frame) {
        if (frame.type == "welcome") {
            std::vector<std::string> subscriptions;
            for (const auto& topic : topics_of(plan_))
                subscriptions.push_back(R"("type":"subscribe","topic":")" + topic + R"(","privateChannel":)" + (plan_.is_private ? "true" : "false") + R"(,"response":true)");
            welcome(subscriptions);
            return {};
        }
        if (frame.type == "ack") {
            acknowledged(frame.id);
            return {};
        }
        if (frame.type == "pong") return {};
        if (frame.type == "error") return refused(frame.id, frame.code, frame.message, !plan_.is_private);
        return Unexpected{unreadable("a KuCoin stream frame of an unknown type")};
    }

    StreamPlan plan_;
    Events events_;
};

}  // namespace

std::unique_ptr<StreamSession> open_session(const StreamPlan& plan, const Instruments* instruments) {
    if (plan.account_mode == AccountMode::unified && plan.is_private) return open_unified_session(plan, instruments);
    return std::make_unique<Session>(plan, instruments);
}

}  // namespace bf::exchange::kucoin
