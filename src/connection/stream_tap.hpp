// Who else hears a connection's private stream than the proof that it works: trading, over the one socket the connection keeps.
#pragma once
#include "exchange/replies.hpp"

namespace bf::connection {

/// Outlives the keeper it is given to.
class StreamTap : public exchange::StreamSink {
public:
    /// What contracts are read with; asked once for each socket, looked into at each event. Null: quantities stay in contracts.
    [[nodiscard]] virtual const exchange::Instruments* instruments() const { return nullptr; }
    /// Every topic is acknowledged: nothing is missed from here on. What was missed before must be asked for.
    virtual void on_live() {}
    virtual void on_down(const exchange::Problem&) {}
    /// Any frame while it is live, heartbeats too, before it is read.
    virtual void on_heard() {}
    /// A frame while it is live that could not be read: an event may be lost.
    virtual void on_unreadable(const exchange::Problem&) {}
    /// All events of a frame, or a change of state, have been told.
    virtual void on_done() {}
};

}  // namespace bf::connection
