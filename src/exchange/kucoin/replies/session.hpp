// KuCoin's WebSocket sessions. Classic: welcome, subscribe, ack, JSON pings. Unified: the same life in other words.
#pragma once
#include "exchange/replies.hpp"

#include <memory>

namespace bf::exchange::kucoin {

/// `instruments` may be null; otherwise it must outlive the session.
std::unique_ptr<StreamSession> open_session(const StreamPlan& plan, const Instruments* instruments);

/// The private socket of an account in unified mode. Public streams are the classic ones for everybody: KuCoin calls its unified public
/// socket a preview (September 2026).
std::unique_ptr<StreamSession> open_unified_session(const StreamPlan& plan, const Instruments* instruments);

}  // namespace bf::exchange::kucoin
