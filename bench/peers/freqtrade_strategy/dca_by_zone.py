"""Long; a base order, add-ons by zone as limit orders that rest one at a time, take-profit on the average net of fees."""

import common
from common import Strategy
from freqtrade.strategy import IStrategy

RULES = Strategy()


class DcaByZone(IStrategy):
    INTERFACE_VERSION = 3
    timeframe = "1m"
    # freqtrade's ratio is of the cost with its fee, the strategy's of the notional.
    minimal_roi = {"0": RULES.target / (1 + RULES.fee)}
    stoploss = -0.99
    use_exit_signal = False
    process_only_new_candles = True
    position_adjustment_enable = True
    max_entry_position_adjustment = RULES.add_ons
    order_types = {"entry": "limit", "exit": "limit", "stoploss": "market", "stoploss_on_exchange": False}

    def populate_indicators(self, dataframe, metadata):
        return dataframe

    def populate_entry_trend(self, dataframe, metadata):
        # Bought at the next candle's open.
        dataframe["enter_long"] = ((dataframe.index + 1) % common.EVERY == 0).astype(int)
        return dataframe

    def populate_exit_trend(self, dataframe, metadata):
        return dataframe

    def custom_stake_amount(self, **_):
        return RULES.base

    def adjust_trade_position(self, trade, **_):
        if trade.has_open_orders:
            return None
        used = trade.nr_of_successful_entries
        return RULES.amounts[used] if used <= RULES.add_ons else None

    def custom_entry_price(self, trade, proposed_rate, **_):
        if trade is None:
            return proposed_rate
        anchor = trade.select_filled_orders(trade.entry_side)[0].average
        return RULES.price(anchor, trade.nr_of_successful_entries - 1)
