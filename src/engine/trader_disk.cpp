// The disk that fills up: told while there is time, and nothing opened on the last of it.
#include "engine/trader.hpp"

namespace bf::engine {
namespace {

std::string megabytes(std::uint64_t bytes) { return std::to_string(bytes / 1'000'000) + " MB"; }

}  // namespace

void Trader::on_disk(Now now, std::uint64_t free) {
    using Level = DiskRoom::Level;
    const auto before = disk_.level();
    disk_.found(free);
    const auto level = disk_.level();
    const auto left = megabytes(free), least = megabytes(DiskRoom::kShort), again = megabytes(DiskRoom::kShort + DiskRoom::kShort / 4);
    if (level == Level::short_ && before != Level::short_)
        alarm(now, Severity::critical, "DISK_LOW",
              "The disk of the data folder has " + left + " left: nothing is opened or added to until " + again + " are free, so that exits can still be written down. Free some space.",
              "De schijf van de gegevensmap heeft nog " + left + ": er wordt niets geopend of bijgekocht tot er " + again + " vrij is, zodat exits nog opgeschreven kunnen worden. Maak ruimte.", {}, 0);
    else if (before == Level::short_ && level != Level::short_)
        alarm(now, Severity::info, "DISK_LOW", "The disk of the data folder has " + left + " left: entries and add-ons go on.",
              "De schijf van de gegevensmap heeft " + left + ": er wordt weer geopend en bijgekocht.", {}, 0);
    else if (level == Level::low && before == Level::enough)
        alarm(now, Severity::warning, "DISK_LOW", "The disk of the data folder has " + left + " left. Below " + least + " nothing is opened or added to any more. Free some space.",
              "De schijf van de gegevensmap heeft nog " + left + ". Onder " + least + " wordt er niets meer geopend of bijgekocht. Maak ruimte.", {}, 0);
}

}  // namespace bf::engine
