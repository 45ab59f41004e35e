// Messages between web, command line and engine: what is understood says the same when sent on; documents of the store likewise.
#include "connection/book.hpp"
#include "input.hpp"
#include "server/factor.hpp"
#include "server/link_codec.hpp"

using namespace bf;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input{data, size};
    const auto kind = input.below(6);
    const std::string text{input.rest()};
    if (kind == 0) {
        const auto message = server::decode_to_engine(text);
        if (!message || !std::holds_alternative<server::LinkQuestion>(*message)) return 0;
        const auto sent = server::encode(std::get<server::LinkQuestion>(*message));
        const auto again = server::decode_to_engine(sent);
        fuzz::must(again.has_value() && server::encode(std::get<server::LinkQuestion>(*again)) == sent, "a question sent on is the same");
    } else if (kind == 1) {
        const auto message = server::decode_from_engine(text);
        if (!message || !std::holds_alternative<server::LinkAnswer>(*message)) return 0;
        const auto sent = server::encode(std::get<server::LinkAnswer>(*message));
        const auto again = server::decode_from_engine(sent);
        fuzz::must(again.has_value() && server::encode(std::get<server::LinkAnswer>(*again)) == sent, "an answer sent on is the same");
    } else if (kind == 3) {
        const auto message = server::decode_from_engine(text);
        if (!message || !std::holds_alternative<server::LinkEvent>(*message)) return 0;
        const auto sent = server::encode(std::get<server::LinkEvent>(*message));
        const auto again = server::decode_from_engine(sent);
        fuzz::must(again.has_value() && std::get<server::LinkEvent>(*again).en == std::get<server::LinkEvent>(*message).en, "an event sent on is the same");
    } else if (kind == 4) {
        server::ApiRequest asked{wire::Method::post, std::string{server::kFactorRoot} + "check", {}, text, exchange::Language::en, {}};
        const auto question = server::factor_question(asked);
        if (!question) return 0;
        const auto again = server::factor_question(server::to_request(*question));
        fuzz::must(again.has_value() && again->act == question->act && again->account == question->account && again->code == question->code, "a question about a factor is the same");
    } else if (kind == 5) {
        const auto answer = server::factor_answer({200, text});
        if (answer.problem) return fuzz::must(answer.problem->status == 502, "an answer that can't be read is none"), 0;
        const auto sent = server::to_reply(answer);
        fuzz::must(server::to_reply(server::factor_answer(sent)).body == sent.body, "an answer about a factor is the same");
    } else {
        const auto record = connection::read_document(text);
        if (!record) return 0;
        const auto kept = connection::to_document(*record);
        const auto again = connection::read_document(kept);
        fuzz::must(again.has_value() && connection::to_document(*again) == kept, "a record kept again is the same");
    }
    return 0;
}
