// A backup's head, its parts and the files in it from the disk: whatever reads must be what would be written, no name leads out of the folder,
// and no change of a sealed byte is taken for what was sealed.
#include "backup/archive.hpp"
#include "backup/format.hpp"
#include "backup/stream.hpp"
#include "input.hpp"

#include <filesystem>

using namespace bf;

namespace {

struct Names final : backup::ArchiveEvents {
    std::uint64_t bytes{0};
    Status on_file(std::string_view name) override {
        // Dots within a name are only letters; as a whole part they lead upwards.
        const std::filesystem::path path{name};
        fuzz::must(backup::is_plain_path(name) && path.is_relative() && path == path.lexically_normal() && path.begin()->native() != "..", "a name that leads nowhere else");
        return {};
    }
    Status on_bytes(std::string_view content) override {
        bytes += content.size();
        return {};
    }
    Status on_end(std::uint64_t zeros) override {
        fuzz::must(zeros <= backup::kZerosMax, "no more zeros than a segment has");
        return {};
    }
};

const crypto::Secret& key() {
    static const auto fixed = crypto::Secret::zeros(vault::kKeySize);
    return fixed;
}

/// Reads an archive in slices of `step` bytes; whether it was whole, and how much was in it.
std::pair<bool, std::uint64_t> read(std::string_view bytes, std::size_t step) {
    Names names;
    backup::ArchiveReader reader{names};
    bool good = true;
    for (std::size_t at = 0; at < bytes.size() && good; at += step) good = reader.read(bytes.substr(at, step)).has_value();
    return {good && reader.finish().has_value(), names.bytes};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input{data, size};
    const auto what = input.below(4);
    const std::size_t step = 1 + input.byte();
    const std::size_t at = input.byte() * 256U + input.byte();
    const auto rest = input.rest();
    if (what == 0) {
        const auto header = backup::read_header(rest);
        if (header) fuzz::must(backup::write_header(*header) == rest.substr(0, backup::kHeaderSize), "a head has one form only");
    } else if (what == 1) {
        const auto [good, bytes] = read(rest, step);
        fuzz::must(read(rest, rest.size() + 1) == std::pair{good, bytes} || !good, "the slicing changes nothing");
    } else if (what == 2) {
        backup::Opener opener{key(), "bound"};
        std::string plain;
        (void)(opener.read(rest, plain).has_value() && opener.finish(plain).has_value());
    } else {
        std::string sealed, plain;
        backup::Sealer sealer{key(), "bound"};
        sealer.write(rest, sealed);
        sealer.finish(sealed);
        backup::Opener opener{key(), "bound"};
        fuzz::must(opener.read(sealed, plain).has_value() && opener.finish(plain).has_value() && plain == rest, "what was sealed opens");
        plain.clear();
        sealed[at % sealed.size()] = static_cast<char>(sealed[at % sealed.size()] ^ static_cast<char>(step));
        backup::Opener other{key(), "bound"};
        const bool opened = other.read(sealed, plain).has_value() && other.finish(plain).has_value();
        fuzz::must(!opened || static_cast<char>(step) == 0, "a changed byte is found");
    }
    return 0;
}
