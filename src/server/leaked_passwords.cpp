// Source: src/passwords.json of @zxcvbn-ts/language-common 4.1.3 (MIT; (c) 2012-2016 Dan Wheeler and Dropbox, Inc., (c) 2021 @zxcvbn-ts), the
// 49,233 most frequent leaked passwords, read 2026-12-01: those of 12 characters and more for which zxcvbn-c 2.5 sees a million guesses.
#include "server/leaked_passwords.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <iterator>
#include <sodium.h>
#include <string>

namespace bf::server {
namespace {

/// In order.
constexpr std::string_view kLeaked[] = {
    "010203040506", "01telemike01", "050605rostik", "102030405060", "111222333000", "111222333444555", "112233445566", "122333444455555", "123321456654", "123321qweewq",
    "1234qwerasdfzxcv", "123ewqasdcxz", "123qwe456rty", "123qweasdzxc", "12qw34er56ty", "159753456852", "193570356033", "19960610ilja", "1a2a3a4a5a6a", "1a2s3d4f5g6h",
    "1q2w3e4r5t6y", "1qa2ws3ed4rf", "1qa2ws3ed4rf5tg", "1qaz2wsx3edc", "1qaz2wsx3edc4rfv", "1qazxsw23edc", "1qazxsw23edcvfr4", "23176djivanfros", "23wkoa0fp78dk",
    "31217221027711", "32615948worms", "41d8cd98f00b", "4815162342lf", "4815162342lost", "541233432442", "59382113kevinp", "6215mila6215", "742617000027",
    "89063032220m", "89231243658s", "89876065093rax", "89semtsriuty", "a1s2d3f4g5h6", "admin18533362", "aksjdlasdakj89879", "alpha135792468", "amadeusptfcor",
    "an83546921an13", "antananarivu", "asd123asd123", "avrillavigne", "badiman28200", "bhrh0h2oof6xbqjeh", "blacksonblon", "bltynbabrfwbz", "boy4u2ownnyc",
    "bpgjldsgjldthnf", "bullnuts2003", "chickenwing101", "cjdthitycndj", "cnfc35762209", "combat123654", "configuratio", "corperfmonsy", "counterstrike", "devilmaycry4",
    "digitalprodu", "dkflbvbhjdbx", "dkflbvbhjdyf", "domainlock2005", "fatima753357", "findaupair007", "fkmnthyfnbdf", "fktrcfylhjdbx", "fktrcfylhjdf", "fktrcfylhjdyf",
    "flvbybcnhfnjh", "fynfyfyfhbde", "gfhfktkjuhfv", "gfhjkmgfhjkm", "ghbdtnghbdtn", "ghbdtnrfrltkf", "ghhh47hj7649", "ghjatccbjyfk", "ghjcnjgbpltw", "ghjcnjgfhjkm",
    "ghjcnjghjcnj", "ghjcnjqgfhjkm", "ghjcnjrdfibyj", "ghjnbdjcnjzybt", "ghtdtlvtldtl", "gjkysqgbpltw", "gthtrfnbgjkt", "gtnhjpfdjlcr", "hd764nw5d7e1vb1",
    "hd764nw5d7e1vbv", "hedimaptfcor", "iampurehaha2", "ilovemyfamily", "ingodwetrust", "installdevic", "installsqlst", "ipo54tj45uy856", "iseedeadpeople",
    "ktjynsq40147", "leavemealone", "lhbjkjubz2957704", "lost4815162342", "love777321777", "lytdybrbdfvgbhf", "lytghjgtnhjdcr", "mailcreated5240", "maprchem56458",
    "maurolarastefy", "mevefalkcakk", "minnesota_hp", "momsanaladventure", "mortalkombat", "msoracle32re", "msorcloledbr", "nastyanastya", "ne_e_pod_chehyl",
    "needforspeed", "nemvxyheqdd5oqxyxyzi", "networkingpe", "newproject2004", "nhbujyjvtnhbz", "nhecsyfujkjdt", "nhfdvfnjkju123", "nhfycajhvths", "nick1234-rem936",
    "nondriversig", "ntktdbpjh1994", "olcrackmaster", "p030710p$e4o", "paraklast1974", "pfqwtd27121988", "polniypizdec0211", "polniypizdec1102", "polniypizdec110211",
    "ptybnxtvgbjy", "punksnotdead", "q1w2e3r4t5y6", "q1w2e3r4t5y6u7", "q1w2e3r4t5y6u7i8", "q1w2e3r4t5y6u7i8o9p0", "qawsedrftgyh", "qaz123wsx456", "qazwsxedcrfv",
    "qazwsxedcrfvtgb", "qazxswedc123", "qazxswedcvfr", "qwaszxerdfcv", "qwe123qwe123", "qweasdzxc123", "qwerasdfzxcv", "qwertasdfgzxcvb", "qwertyuiop10", "qwertyuiop12",
    "residentevil", "rfnthbyf1988", "ronaldinho10", "saun24865709", "sdicmt7seytn", "seemnemaailm", "sojdlg123aljg", "sonnenschein", "sonyericsson", "specialinsta",
    "stickdaddy77", "stinkyfinger", "systemofadown", "thecakeisalie", "vanyarespekt", "vfhbyfvfhbyf", "vfrcbvvfrcbv", "vfvfvskfhfve", "warhammer40k", "wazzkaprivet",
    "websolutions", "websolutionssu", "webuivalidat", "weihnachtsbau", "weihnachtsbaum", "whosyourdaddy", "z1x2c3v4b5n6", "z1x2c3v4b5n6m7", "zaq12wsxcde3",
    "zaq1xsw2cde3", "zaqwsxcderfv", "zcfvfzkexifz", "zqjphsyf6ctifgu", "zxcasdqwe123",
};

}  // namespace

bool is_leaked(std::string_view password) {
    std::string small = to_lower(password);
    const bool found = std::binary_search(std::begin(kLeaked), std::end(kLeaked), std::string_view{small});
    sodium_memzero(small.data(), small.size());
    return found;
}

}  // namespace bf::server
