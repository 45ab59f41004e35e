// Which orders of an account are not ours, as far as that has been found out, and which of them a person was told of: so that each is told
// once, however often streams and lists repeat it, also after a restart. Of each connection the ones seen last are remembered; a forgotten one
// that is seen again is told again, which is better than one that is never told.
#pragma once
#include <cstddef>
#include <functional>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

namespace bf::engine {

class ForeignOrders {
public:
    /// Of each connection. Far more than rest in an account at a time, which is what lists repeat.
    static constexpr std::size_t kKept = 5'000;

    /// It is not ours.
    void note(const std::string& connection, std::string_view exchange_id) { touch(connection, exchange_id); }
    /// True once for each: it is to be told.
    bool tell(const std::string& connection, std::string_view exchange_id);
    [[nodiscard]] bool contains(std::string_view connection, std::string_view exchange_id) const;
    void forget(std::string_view connection);
    /// The ids that were told, those seen last at the end, `most` of each connection at most.
    void each_told(std::size_t most, const std::function<void(const std::string& connection, std::string_view exchange_id)>& visit) const;
    [[nodiscard]] std::size_t count(std::string_view connection) const;

private:
    struct One {
        std::string id;
        bool told{false};
    };
    struct Account {
        std::list<One> seen;  ///< The one seen last at the end.
        std::unordered_map<std::string_view, std::list<One>::iterator> by_id;  ///< Keys are the ids in `seen`.
    };
    One& touch(const std::string& connection, std::string_view exchange_id);
    std::map<std::string, Account, std::less<>> accounts_;
};

}  // namespace bf::engine
