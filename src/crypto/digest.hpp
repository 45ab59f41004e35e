// Plain digests of public bytes: of files against the checksums published with them, of passwords against lists that are kept by them.
#pragma once
#include <array>
#include <span>

namespace bf::crypto {

std::array<unsigned char, 32> sha256(std::span<const unsigned char> bytes);
/// Of no use where somebody could want two texts with the same digest.
std::array<unsigned char, 20> sha1(std::span<const unsigned char> bytes);

}  // namespace bf::crypto
