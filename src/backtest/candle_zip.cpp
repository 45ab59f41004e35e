#include "backtest/candle_zip.hpp"

#include <algorithm>
#include <memory>
#include <zip.h>

namespace bf::backtest {
namespace {

struct Discard {
    void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct Close {
    void operator()(zip_file_t* file) const { zip_fclose(file); }
};

constexpr std::size_t kChunk = 1U << 20;

std::string megabytes(std::uint64_t bytes) { return std::to_string((bytes + 999'999) / 1'000'000) + " MB"; }

/// Printable, short: an archive may call its files anything.
std::string tame(const char* name) {
    std::string text;
    for (; name != nullptr && *name != '\0' && text.size() < 80; ++name) text += *name >= ' ' && *name < 127 ? *name : '?';
    return text;
}

}  // namespace

bool looks_like_zip(std::string_view bytes) { return bytes.starts_with("PK\x03\x04") || bytes.starts_with("PK\x05\x06"); }

Result<Unzipped> unzip_one(std::string_view bytes, const std::string& name, std::size_t bytes_max) {
    zip_error_t error;
    zip_error_init(&error);
    const auto refuse = [&](const std::string& what) {
        zip_error_fini(&error);
        return bad_input(name + " " + what + ".");
    };
    zip_source_t* const source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
    if (source == nullptr) return refuse("can't be read as a zip");
    const std::unique_ptr<zip_t, Discard> archive{zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error)};
    if (!archive) {
        zip_source_free(source);
        return refuse("is a damaged zip: its end is missing or contradicts its files, as when a download was cut off");
    }
    const auto entries = zip_get_num_entries(archive.get(), 0);
    if (entries != 1) return refuse("holds " + std::to_string(entries) + " files; a zip of candles holds one");
    zip_stat_t about;
    if (zip_stat_index(archive.get(), 0, 0, &about) != 0 || (about.valid & ZIP_STAT_SIZE) == 0) return refuse("is a damaged zip");
    Unzipped unzipped;
    unzipped.name = tame(about.name);
    if ((about.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && about.encryption_method != ZIP_EM_NONE) return refuse("is locked with a password: unpack it first");
    const auto too_large = [&] { return refuse("unpacks to more than " + megabytes(bytes_max) + ", which is too much at once: take several smaller files, days instead of months for instance"); };
    if (about.size > bytes_max) return too_large();
    const std::unique_ptr<zip_file_t, Close> file{zip_fopen_index(archive.get(), 0, 0)};
    if (!file) return refuse("is packed in a way that is not understood: unpack it first");
    // What it says of its size is not believed: room is made as bytes come.
    const auto chunk = std::min<std::uint64_t>(kChunk, about.size + 1);
    while (true) {
        const auto before = unzipped.bytes.size();
        unzipped.bytes.resize(before + chunk);
        const auto got = zip_fread(file.get(), unzipped.bytes.data() + before, chunk);
        if (got < 0) return refuse("is a damaged zip: " + unzipped.name + " in it can't be unpacked");
        unzipped.bytes.resize(before + static_cast<std::size_t>(got));
        if (unzipped.bytes.size() > bytes_max) return too_large();
        if (got == 0) break;
    }
    if (unzipped.bytes.size() != about.size) return refuse("is a damaged zip: " + unzipped.name + " in it is cut off");
    unzipped.bytes.append(Unzipped::kPadding, '\0');
    zip_error_fini(&error);
    return unzipped;
}

}  // namespace bf::backtest
