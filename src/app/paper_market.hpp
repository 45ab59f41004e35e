// Asks the real market what its paper exchanges want to know: books when an order is placed or a resting one is reached, funding rates while
// a position is open. Public questions within half of the address's budget; one that finds no room is not asked, and nothing trades meanwhile.
#pragma once
#include "connection/pace.hpp"
#include "connection/world.hpp"
#include "exchange/public_facts.hpp"
#include "paper/exchanges.hpp"

namespace bf::app {

class PaperMarket {
public:
    struct Setup {
        connection::World world;  ///< The real one.
        paper::Exchanges& exchanges;
        std::function<std::optional<connection::Adapter>(exchange::ExchangeId)> adapter_of;
        std::function<connection::Pace*(exchange::ExchangeId)> pace_of;  ///< Null without limits.
        std::function<const market::Instrument*(const paper::Venue&, const market::Symbol&)> instrument;
        std::function<const exchange::Instruments*(const paper::Venue&)> instruments;
        std::function<ports::Family(exchange::ExchangeId)> family_of;  ///< What its data goes over.
    };
    explicit PaperMarket(Setup setup) : setup_{std::move(setup)} {}

    void ask_book(const paper::Venue& venue, const market::Symbol& symbol);
    void ask_funding(const paper::Venue& venue, const market::Symbol& symbol);

    using Target = std::function<std::string(const exchange::PublicFacts&, const market::Instrument&)>;
    /// Null: no answer came.
    using Take = std::function<void(const wire::Response*, const exchange::Asked&, const market::Instrument&)>;
    /// False if it can't be asked now: the budget has no room, or the contract is not listed yet. Then nothing is taken.
    bool ask(const paper::Venue& venue, const market::Symbol& symbol, const Target& target, Take take);

private:
    Setup setup_;
    std::shared_ptr<bool> alive_{std::make_shared<bool>(true)};
};

}  // namespace bf::app
