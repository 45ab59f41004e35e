#include "server/refusal_words.hpp"

#include "exchange/remark.hpp"
#include "exchange/wording.hpp"
#include "wire/json.hpp"
#include "wire/json_writer.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

namespace bf::server {
namespace {

using exchange::Language;
using exchange::Wording;

struct Row {
    Wording words;
};

/// What is wrong with a file or a range, as the end of a sentence.
constexpr Row kParts[] = {
    {{"the disk is full", "de schijf is vol"}},
    {{"the file is empty", "het bestand is leeg"}},
    // Funding.
    {{"the header must be '{0}', or that of Binance's files, '{1}'", "de kopregel moet '{0}' zijn, of die van de bestanden van Binance, '{1}'"}},
    {{"has {0} fields where the header has {1}", "heeft {0} velden waar de kopregel er {1} heeft"}},
    {{"'{0}' is no time: Unix milliseconds, or UTC like 2025-01-15T08:00:00Z", "'{0}' is geen tijd: Unix-milliseconden, of UTC zoals 2025-01-15T08:00:00Z"}},
    {{"its time is not after the line's before it", "de tijd ligt niet na die van de regel ervoor"}},
    {{"'{0}' is no rate: a plain decimal number like 0.0001, which is 0.01 %", "'{0}' is geen tarief: een gewoon decimaal getal met een punt, zoals 0.0001 (dat is 0,01 %)"}},
    {{"a rate of {0:number} is beyond 10 %: rates are factors, 0.0001 is 0.01 %", "een tarief van {0:number} gaat boven 10 %: tarieven zijn factoren, 0,0001 is 0,01 %"}},
    {{"there are more than 500,000 settlements", "er zijn meer dan 500.000 afrekeningen"}},
    {{"there are no settlements in it", "er staan geen afrekeningen in"}},
    {{"its settlements, {0} to {1}, lie outside the period of the candles, {2:part}", "de afrekeningen, van {0} tot {1}, vallen buiten de periode van de candles, {2:part}"}},
    {{"{0} to {1}", "{0} tot {1}"}},
    // Candles and trades.
    {{"it ends after {0} of {1} fields; the file seems to be cut off", "hij eindigt na {0} van {1} velden; het bestand lijkt afgebroken"}},
    {{"it has {0} fields where the lines before it have {1} (a decimal comma makes two of one)", "hij heeft {0} velden waar de regels ervoor er {1} hebben (een decimale komma maakt er twee van één)"}},
    {{"it has more fields than the {0} of the lines before it (a decimal comma makes two of one)", "hij heeft meer velden dan de {0} van de regels ervoor (een decimale komma maakt er twee van één)"}},
    {{"it has {0} fields; a candle has {1}", "hij heeft {0} velden; een candle heeft {1}"}},
    {{"column {0} is called {1}; the columns are {2}", "kolom {0} heet {1}; de kolommen zijn {2}"}},
    {{"the header has {0} columns; open_time_ms,open,high,low,close,volume are six", "de kopregel heeft {0} kolommen; open_time_ms,open,high,low,close,volume zijn er zes"}},
    {{"it is longer than any line of candles", "hij is langer dan een regel met candles kan zijn"}},
    {{"it is longer than any line of trades", "hij is langer dan een regel met transacties kan zijn"}},
    {{"its fields stand between semicolons; candles stand between commas", "de velden zijn gescheiden door puntkomma's; bij candles zijn het komma's"}},
    {{"its fields stand between tabs; candles stand between commas", "de velden zijn gescheiden door tabs; bij candles zijn het komma's"}},
    {{"its time {0} is no Unix time in seconds, milliseconds or microseconds", "de tijd {0} is geen Unix-tijd in seconden, milliseconden of microseconden"}},
    {{"its time {0} is no whole millisecond", "de tijd {0} is geen hele milliseconde"}},
    {{"its time {0} is no time since 1970", "de tijd {0} is geen tijd sinds 1970"}},
    {{"its time {0} is there twice: the candle before it has the same", "de tijd {0} komt twee keer voor: de candle ervoor heeft dezelfde"}},
    {{"the time is empty", "de tijd is leeg"}},
    {{"the time {0} was rounded by a spreadsheet: take the file as it was downloaded", "de tijd {0} is door een spreadsheet afgerond: neem het bestand zoals het is gedownload"}},
    {{"the time {0} is no whole number: times are Unix milliseconds (seconds and microseconds are understood, too)",
      "de tijd {0} is geen geheel getal: tijden zijn Unix-milliseconden (seconden en microseconden mogen ook)"}},
    {{"the units are mixed: its time is in {0}, those before it are in {1}", "de eenheden lopen door elkaar: deze tijd is in {0}, die ervoor in {1}"}},
    {{"time goes backwards: the newest candle stands first; candles stand oldest first", "de tijd loopt terug: de nieuwste candle staat vooraan; candles staan met de oudste eerst"}},
    {{"time goes backwards: {0} comes after {1}; candles stand oldest first", "de tijd loopt terug: {0} komt na {1}; candles staan met de oudste eerst"}},
    {{"time goes backwards; candles stand oldest first", "de tijd loopt terug; candles staan met de oudste eerst"}},
    {{"time goes backwards: this trade is older than the one before it; trades stand oldest first", "de tijd loopt terug: deze transactie is ouder dan die ervoor; transacties staan met de oudste eerst"}},
    {{"time goes backwards: this trade is older than one before it by more than the {0} s that numbered trades may stand out of order; trades stand oldest first",
      "de tijd loopt terug: deze transactie is meer dan de {0} s ouder dan een eerdere die genummerde transacties uit volgorde mogen staan; transacties staan met de oudste eerst"}},
    {{"the same time stands there again and again", "dezelfde tijd komt telkens weer voor"}},
    {{"its candles are {0} apart; sets are kept of {1}", "de candles liggen {0} uit elkaar; reeksen worden bewaard van {1}"}},
    {{"it opens at {0}, which is no whole {1}", "hij opent om {0}, en dat is geen hele {1}"}},
    {{"the {0} is empty", "{0} is leeg"}},
    {{"the {0} is {1}, which is no number", "{0} is {1}, en dat is geen getal"}},
    {{"the {0} is negative: {1:number}", "{0} is negatief: {1:number}"}},
    {{"the {0} is 0; a price is above zero", "{0} is 0; een prijs is hoger dan nul"}},
    {{"the {0} has more digits than can be kept: {1:number}", "{0} heeft meer cijfers dan bewaard kunnen worden: {1:number}"}},
    {{"the high {0:number} is below the low {1:number}", "de hoogste koers {0:number} ligt onder de laagste {1:number}"}},
    {{"the high {0:number} is below the {1} {2:number}", "de hoogste koers {0:number} ligt onder {1} {2:number}"}},
    {{"the low {0:number} is above the {1} {2:number}", "de laagste koers {0:number} ligt boven {1} {2:number}"}},
    {{"the volume {0:number} is too large to be kept with the decimals of these volumes", "het volume {0:number} is te groot om met de decimalen van deze volumes te bewaren"}},
    {{"a set holds at most {0} candles", "een reeks bevat hoogstens {0} candles"}},
    {{"the trade {0} is there twice: the one before it has the same number", "transactie {0} komt twee keer voor: die ervoor heeft hetzelfde nummer"}},
    {{"the trade {0} is there twice", "transactie {0} komt twee keer voor"}},
    {{"the quantities of its candle add up to more than can be kept", "de hoeveelheden van deze candle zijn samen meer dan bewaard kan worden"}},
    {{"it is no line of trades", "het is geen regel met transacties"}},
    {{"it is no list of candles", "het is geen lijst met candles"}},
    {{"it is no list of trades", "het is geen lijst met transacties"}},
    {{"it is no JSON", "het is geen JSON"}},
    {{"something stands behind the end of the list", "er staat iets achter het einde van de lijst"}},
    {{"the file ends in the middle of it; it seems to be cut off", "het bestand houdt er middenin op; het lijkt afgebroken"}},
    {{"it has no {0}", "{0} ontbreekt"}},
    {{"its {0} is null: nothing is known of it", "{0} is null: er is niets van bekend"}},
    {{"its {0} is neither a number nor a text", "{0} is geen getal en geen tekst"}},
    {{"one of its fields is null: nothing is known of it", "een van de velden is null: er is niets van bekend"}},
    // The signer's ends of sentences.
    {{"there is already a connection with that id", "er is al een verbinding met dat id"}},
    {{"too many connections are being tried at once", "er worden te veel verbindingen tegelijk geprobeerd"}},
    {{"the connection is only held in memory", "de verbinding staat alleen in het geheugen"}},
    {{"these sealed credentials were used before, and each box is good for one connection: enter the key again", "deze verzegelde gegevens zijn al gebruikt, en elke verzegeling geldt voor één verbinding: voer de sleutel opnieuw in"}},
    {{"more keys were entered than this signer remembers: start the server again", "er zijn meer sleutels ingevoerd dan deze ondertekenaar onthoudt: start de server opnieuw"}},
    {{"the account has a second factor already: remove that one first", "het account heeft al een tweede factor: verwijder die eerst"}},
    {{"too many accounts have a second factor", "te veel accounts hebben een tweede factor"}},
    {{"the account's second factor is in force already", "de tweede factor van het account geldt al"}},
    {{"the account has no second factor to vouch for", "het account heeft geen tweede factor om voor in te staan"}},
    {{"a passkey comes beside one-time codes: set those up first", "een passkey komt naast eenmalige codes: stel die eerst in"}},
    {{"the account has as many passkeys as it can have: remove one first", "het account heeft al zoveel passkeys als kan: verwijder er eerst een"}},
    {{"the account has no passkey for this address", "het account heeft geen passkey voor dit adres"}},
    {{"that passkey was asked for too long ago, or not at all: begin again", "die passkey is te lang geleden gevraagd, of helemaal niet: begin opnieuw"}},
    {{"the account has that passkey already", "het account heeft die passkey al"}},
    {{"another passkey was added meanwhile: begin again", "intussen is een andere passkey toegevoegd: begin opnieuw"}},
    {{"that backup is not under way: another one was begun, or the {0}", "die back-up loopt niet: er is een andere begonnen, of de ondertekenaar is opnieuw gestart"}},
    {{"the ledger is not broken; there is nothing to accept", "het logboek is niet beschadigd; er valt niets te aanvaarden"}},
    {{"the vault is open already", "de kluis is al open"}},
    {{"the code is wrong", "de code klopt niet"}},
    {{"that code was used before: take the next one the app shows", "die code is al gebruikt: neem de volgende die de app toont"}},
    {{"too many wrong codes: try again in {0} seconds", "te veel verkeerde codes: probeer het over {0} seconden opnieuw"}},
    {{"this widens what the key may be used for: it needs a code of your authenticator app", "dit verruimt waarvoor de sleutel gebruikt mag worden: daar is een code van je authenticator-app voor nodig"}},
};

constexpr Row kSentences[] = {
    // Connections.
    {{"There is a connection \"{0}\" already: names are unique.", "Er is al een verbinding \"{0}\": namen zijn uniek."}},
    {{"There is a connection \"{0}\" already, which can't be read: remove it first, or choose another name.", "Er is al een verbinding \"{0}\", die niet te lezen is: verwijder die eerst, of kies een andere naam."}},
    {{"There is no such connection.", "Die verbinding is er niet."}},
    {{"The connection is being removed.", "De verbinding wordt verwijderd."}},
    {{"This connection is here already.", "Deze verbinding is er al."}},
    {{"The removed connection was of another exchange, market or site: {0}.", "De verwijderde verbinding was van een andere exchange, markt of site: {0}."}},
    {{"Which account at the exchange this connection was of was never known, so no key can be proven to be of the same one. Look at the exchange, then let its groups go.",
      "Van welke rekening bij de exchange deze verbinding was is nooit bekend geworden, dus van geen sleutel is te bewijzen dat hij van dezelfde is. Kijk op de exchange, en laat haar groepen dan los."}},
    {{"No group is left on a removed connection of that id.", "Er is geen groep achtergelaten op een verwijderde verbinding met dat id."}},
    {{"What is stored of the connection \"{0}\" can't be read: put a backup in its place, or remove it.", "Wat er van de verbinding \"{0}\" is bewaard is niet te lezen: zet een back-up terug, of verwijder haar."}},
    {{"What is stored of the connection \"{0}\" can't be read: nothing can be asked or done for this group. Put a backup in its place, or remove the connection and let the group go.",
      "Wat er van de verbinding \"{0}\" is bewaard is niet te lezen: voor deze groep kan niets worden gevraagd of gedaan. Zet een back-up terug, of verwijder de verbinding en laat de groep los."}},
    {{"Groups are open on this connection, and without its key nothing can be asked or done for them any more: {0}. Close them first, or replace the key instead. Or name them all in \"leaving\": what they hold, and the orders that rest "
      "for them, then stays at the exchange.",
      "Er staan groepen open op deze verbinding, en zonder sleutel kan daar niets meer voor worden gevraagd of gedaan: {0}. Sluit ze eerst, of vervang de sleutel. Of noem ze allemaal in \"leaving\": wat ze hebben, en de orders "
      "die voor hen openstaan, blijft dan op de exchange."}},
    {{"Groups of this strategy are open on the other market: close them first, then change it.", "Er staan groepen van deze strategie open op de andere markt: sluit ze eerst, en wijzig haar dan."}},
    {{"Groups of this strategy are open: they stay what they are, on paper or real. Close them first, then change it.", "Er staan groepen van deze strategie open: die blijven wat ze zijn, papier of echt. Sluit ze eerst, en wijzig haar dan."}},
    {{"Switch the strategy off first: what is on paper becomes real, or the other way round, only while it is off.", "Zet de strategie eerst uit: van papier naar echt, of andersom, gaat alleen als ze uit staat."}},
    {{"A signal of this strategy is not decided yet: try again in a moment.", "Over een signaal van deze strategie is nog niet beslist: probeer het zo opnieuw."}},
    {{"There is a strategy of that name already.", "Er is al een strategie met die naam."}},
    {{"This installation was restored from a backup: confirm the restored state first.", "Deze installatie is uit een back-up teruggezet: bevestig eerst de teruggezette toestand."}},
    {{"The engine process is starting; try again in a moment.", "Het engine-proces start. Probeer het zo opnieuw."}},
    {{"The exchange is asked as much as it allows just now: try again in a moment.", "De exchange wordt nu al zoveel gevraagd als ze toestaat. Probeer het zo opnieuw."}},
    {{"The test was stopped: the connection was disabled or removed meanwhile.", "De test is gestopt: de verbinding is intussen uitgezet of verwijderd."}},
    {{"A second factor is needed: {0:part}.", "Er is een tweede factor nodig: {0:part}."}},
    // Accounts.
    {{"There is an account of that name already.", "Er is al een account met die naam."}},
    {{"That is the last owner: make somebody else one first.", "Dat is de laatste eigenaar: maak eerst iemand anders eigenaar."}},
    {{"An account has 50 tokens at most: remove one first.", "Een account heeft hoogstens 50 tokens: verwijder er eerst een."}},
    {{"Your account may not do that: ask an owner of this installation.", "Dat mag je account niet: vraag het een eigenaar van deze installatie."}},
    {{"That takes a person who gives password or code: sign in, or use the command line on the server.", "Dat vraagt iemand die wachtwoord of code geeft: meld je aan, of gebruik de opdrachtregel op de server."}},
    {{"The request lacks this session's token: load the page again.", "Het verzoek mist het token van deze sessie: laad de pagina opnieuw."}},
    {{"Too many wrong {0}: try again in {1} seconds.", "Te veel verkeerde pogingen: probeer het over {1} seconden opnieuw."}},
    // Candles.
    {{"{0}, line {1}: {2:part}.", "{0}, regel {1}: {2:part}."}},
    {{"{0}, candle {1}: {2:part}.", "{0}, candle {1}: {2:part}."}},
    {{"{0}, trade {1}: {2:part}.", "{0}, transactie {1}: {2:part}."}},
    {{"{0}: time goes backwards; candles stand oldest first.", "{0}: de tijd loopt terug; candles staan met de oudste eerst."}},
    {{"{0}: it is no list of candles.", "{0}: het is geen lijst met candles."}},
    {{"{0}: it is no list of trades.", "{0}: het is geen lijst met transacties."}},
    {{"{0}: its candles are {1} apart; sets are kept of {2}.", "{0}: de candles liggen {1} uit elkaar; reeksen worden bewaard van {2}."}},
    {{"{0} holds no candles.", "{0} bevat geen candles."}},
    {{"{0} holds no trades.", "{0} bevat geen transacties."}},
    {{"{0} holds a header and no candles.", "{0} bevat een kopregel en geen candles."}},
    {{"{0} holds one candle only, which doesn't say how long it is: say so with --interval.", "{0} bevat maar één candle, en daaraan is niet te zien hoe lang die is: vul de lengte in."}},
    {{"{0} holds candles of {1}: a set has one length.", "{0} bevat candles van verschillende lengte ({1}): een reeks heeft één lengte."}},
    {{"{0} holds another packed file: unpack that first.", "{0} bevat nog een ingepakt bestand: pak dat eerst uit."}},
    {{"{0} holds {1} files; a zip of candles holds one.", "{0} bevat {1} bestanden; een zip met candles bevat er één."}},
    {{"{0} is larger than {1} MB.", "{0} is groter dan {1} MB."}},
    {{"{0} is a web page, not a file of candles; the download answered with an error.", "{0} is een webpagina en geen bestand met candles; de download antwoordde met een fout."}},
    {{"{0} is text in UTF-16: save it as plain text (UTF-8).", "{0} is tekst in UTF-16: sla het op als gewone tekst (UTF-8)."}},
    {{"{0} is a parquet file: write it as CSV with {1} first.", "{0} is een parquet-bestand: maak er eerst CSV van, met {1}."}},
    {{"{0} is an HDF5 file: write it as CSV with {1} first.", "{0} is een HDF5-bestand: maak er eerst CSV van, met {1}."}},
    {{"{0} is a feather file: freqtrade writes it as JSON with {1}.", "{0} is een feather-bestand: freqtrade schrijft het als JSON met {1}."}},
    {{"{0} is a JSON object; candles are a JSON list of lists and trades a list of objects or lists, as ccxt gives and freqtrade keeps them.",
      "{0} is een JSON-object; candles zijn een JSON-lijst van lijsten en transacties een lijst van objecten of lijsten, zoals ccxt ze geeft en freqtrade ze bewaart."}},
    {{"{0} is cut off: its gzip ends too early.", "{0} is afgebroken: de gzip houdt te vroeg op."}},
    {{"{0} is damaged: its gzip can't be unpacked.", "{0} is beschadigd: de gzip is niet uit te pakken."}},
    {{"{0} is a damaged zip: its end is missing or contradicts its files, as when a download was cut off.", "{0} is een beschadigde zip: het einde ontbreekt of klopt niet met de bestanden, zoals na een afgebroken download."}},
    {{"{0} is a damaged zip.", "{0} is een beschadigde zip."}},
    {{"{0} is locked with a password: unpack it first.", "{0} is met een wachtwoord beveiligd: pak het eerst uit."}},
    {{"{0} is packed in a way that is not understood: unpack it first.", "{0} is ingepakt op een manier die niet wordt begrepen: pak het eerst uit."}},
    {{"The candle of {0} is {1}. Where the new ones are the right ones, say --replace.", "De candle van {0} verschilt: {1}. Zijn de nieuwe de juiste, kies dan vervangen."}},
    {{"There are no candles called \"{0}\": `backfuture candles list` shows those there are.", "Er zijn geen candles met de naam \"{0}\"."}},
    {{"There are no candles to keep.", "Er zijn geen candles om te bewaren."}},
    {{"A set holds at most {0} candles.", "Een reeks bevat hoogstens {0} candles."}},
    {{"{0} is damaged: the bytes from {1} on are not those that were written. Import or download these candles again.",
      "{0} is beschadigd: de bytes vanaf {1} zijn niet die welke geschreven zijn. Importeer of download deze candles opnieuw."}},
    {{"These candles are being downloaded already.", "Deze candles worden al gedownload."}},
    {{"Eight downloads run already: wait for one or stop it.", "Er lopen al acht downloads: wacht op een ervan of stop er een."}},
    {{"Too many uploads wait for their import: import or drop them first.", "Er wachten te veel bestanden op import: importeer of verwijder ze eerst."}},
    {{"The upload is being imported.", "Het bestand wordt geïmporteerd."}},
    {{"{0} is being imported.", "{0} wordt geïmporteerd."}},
    {{"{0} is not here yet: {1} of {2} bytes are.", "{0} is er nog niet helemaal: {1} van {2} bytes."}},
    {{"The next piece begins at byte {0}.", "Het volgende stuk begint bij byte {0}."}},
    {{"There is no such upload.", "Dat bestand is er niet meer."}},
    {{"A file may have at most 512 MB here; `backfuture candles import` takes larger ones from the server's own disk.",
      "Een bestand mag hier hoogstens 512 MB zijn; `backfuture candles import` neemt grotere van de schijf van de server zelf."}},
    {{"Keeping the candles failed: {0:part}.", "De candles bewaren is mislukt: {0:part}."}},
    {{"Keeping the upload failed: {0:part}.", "Het bestand bewaren is mislukt: {0:part}."}},
    {{"The import was ended by the system: the file needs more memory than an import may have.", "Het systeem heeft de import beëindigd: het bestand heeft meer geheugen nodig dan een import mag hebben."}},
    {{"The import failed without saying why.", "De import is mislukt zonder te zeggen waarom."}},
    {{"The exchange sent what are no candles: {0:part}.", "De exchange stuurde iets dat geen candles zijn: {0:part}."}},
    {{"The exchange sent what are no funding rates: {0:part}.", "De exchange stuurde iets dat geen fundingtarieven zijn: {0:part}."}},
    // Back-tests and sweeps.
    {{"The recorded funding, line {0}: {1:part}.", "De opgenomen funding, regel {0}: {1:part}."}},
    {{"The recorded funding: {0:part}.", "De opgenomen funding: {0:part}."}},
    {{"fill must be conservative or touch.", "fill is conservative of touch."}},
    {{"There is no such sweep.", "Die sweep is er niet meer."}},
    {{"A hundred sweeps are kept: remove some of them first.", "Er worden honderd sweeps bewaard: verwijder er eerst een paar."}},
    {{"The sweep can't be written to the disk.", "De sweep kan niet naar de schijf worden geschreven."}},
    {{"The sweep runs, or is about to.", "De sweep loopt, of begint zo."}},
    {{"All its variants have been tried.", "Al haar varianten zijn geprobeerd."}},
    {{"What this sweep was asked can't be read any more. Start it anew.", "Wat deze sweep gevraagd was is niet meer te lezen. Begin haar opnieuw."}},
    {{"Its candles can't be read: the set is gone or damaged. Its rows are kept.", "De candles zijn niet te lezen: de reeks is weg of beschadigd. De rijen blijven bewaard."}},
    {{"Its candles can't be read: the set is gone or damaged.", "De candles zijn niet te lezen: de reeks is weg of beschadigd."}},
    {{"It went on by itself after a restart and got no further before the next. Go on with it by hand.", "Ze ging na een herstart vanzelf verder en kwam voor de volgende niet verder. Ga er zelf mee verder."}},
    {{"The candles of this period, or how they are read, are others than when the sweep began: its rows would not fit together. Start it anew.",
      "De candles van deze periode, of hoe ze worden gelezen, zijn anders dan toen de sweep begon: de rijen zouden niet bij elkaar passen. Begin haar opnieuw."}},
    {{"The disk takes no more rows. What is there is kept; go on when there is room.", "De schijf neemt geen rijen meer aan. Wat er is blijft bewaard; ga verder als er ruimte is."}},
    {{"The settings of this variant don't fit together, so it was not run.", "De instellingen van deze variant passen niet bij elkaar, dus ze is niet uitgevoerd."}},
    {{"There is no such back-test any more: the newest twelve are kept until the program is started again. Run it anew.",
      "Die backtest is er niet meer: de nieuwste twaalf worden bewaard tot het programma opnieuw start. Voer hem opnieuw uit."}},
    {{"A map has at most 60 values each way.", "Een kaart heeft hoogstens 60 waarden per kant."}},
    {{"{0} must be a list of values, or {\"from\",\"to\",\"step\"}.", "{0} moet een lijst met waarden zijn, of {\"from\",\"to\",\"step\"}."}},
    {{"{0} is {1:number}; it must be above 0, or the range never ends.", "{0} is {1:number}; dat moet meer zijn dan 0, anders houdt het bereik nooit op."}},
    {{"{0} is empty: it goes from {1:number} to {2:number}.", "{0} is leeg: het loopt van {1:number} tot {2:number}."}},
    {{"{0} has more than 10,000 values.", "{0} heeft meer dan 10.000 waarden."}},
    {{"{0} can't be swept: with another one it is another strategy.", "{0} kan niet variëren: met een andere is het een andere strategie."}},
    {{"{0} is empty: it names no value.", "{0} is leeg: er staat geen waarde in."}},
    {{"{0} must be a number, a word, true, false or null.", "{0} moet een getal, een woord, true, false of null zijn."}},
    {{"{0} must say how many to try, 1 to 200,000.", "{0} moet zeggen hoeveel er geprobeerd worden, 1 tot 200.000."}},
    {{"{0} must be a whole number from 0 up.", "{0} moet een geheel getal vanaf 0 zijn."}},
    {{"{0} must be 2 to 50: each is fitted on and the next one tested on.", "{0} moet 2 tot 50 zijn: op elk stuk wordt gekozen en op het volgende getoetst."}},
    {{"{0} must be an object: a setting's name and its values.", "{0} moet een object zijn: de naam van een instelling met haar waarden."}},
    {{"{0} stands twice.", "{0} staat er twee keer."}},
    {{"{0} is empty: there is nothing to vary.", "{0} is leeg: er valt niets te variëren."}},
    {{"{0} is no setting of a strategy that takes one value.", "{0} is geen instelling van een strategie die één waarde heeft."}},
    {{"{0} would be {1:count} variants; at most {2:count} are run: take wider steps, or \"search\":\"random\".", "{0} zou {1:count} varianten geven; hoogstens {2:count} worden uitgevoerd: neem grotere stappen, of zoek willekeurig."}},
    {{"{0:count} variants on {1} pieces each are more than a server keeps: take fewer of one of them, or the command line.",
      "{0:count} varianten op elk {1} stukken is meer dan een server bewaart: neem minder van een van beide, of de opdrachtregel."}},
    // Backups.
    {{"This installation keeps its database in PostgreSQL: back that up with PostgreSQL's own tools.", "Deze installatie bewaart haar database in PostgreSQL: maak daar een back-up van met de middelen van PostgreSQL zelf."}},
    {{"A backup is being made already.", "Er wordt al een back-up gemaakt."}},
    {{"There is no backup to fetch: make one first.", "Er is geen back-up om op te halen: maak er eerst een."}},
    {{"BackFuture ended before the backup was made.", "BackFuture stopte voordat de back-up was gemaakt."}},
};

struct ByCode {
    std::string_view code;
    std::string_view nl;
};
/// Where the sentence stands in no row above: a refusal whose words vary, or name what its reader sees on the page anyway.
constexpr ByCode kByCode[] = {
    {"already_set_up", "Deze server is al ingesteld: meld je aan."},
    {"wrong_code", "De code klopt niet. Een instelcode staat op de console waar BackFuture is gestart; voor een eenmalige code moet de klok van je telefoon goed staan."},
    {"password_too_short", "Het wachtwoord heeft minstens 12 tekens nodig."},
    {"password_too_long", "Het wachtwoord heeft hoogstens 1024 tekens."},
    {"password_weak", "Dit wachtwoord is makkelijk te raden: het bestaat uit gewone woorden, namen, data of patronen. Vier of vijf woorden die niets met elkaar te maken hebben houden goed stand."},
    {"password_breached", "Dit wachtwoord staat in een lijst van wachtwoorden die bij andere diensten zijn uitgelekt: wie raadt, probeert die het eerst. Kies er een dat je nergens anders gebruikt, en verander dit waar je het gebruikt."},
    {"breached_list", "Of dit wachtwoord ergens is uitgelekt is niet te zeggen, daarom wordt het niet aangenomen: de lijst van uitgelekte wachtwoorden van de server is niet te lezen. Het logboek van de server zegt waarom."},
    {"slow_down", "Te veel pogingen: wacht even en probeer het dan opnieuw."},
    {"wrong_password", "Het wachtwoord is fout."},
    {"no_memory", "De server heeft hiervoor nu niet genoeg geheugen. Probeer het zo opnieuw."},
    {"not_signed_in", "Meld je eerst aan."},
    {"foreign_origin", "Het verzoek kwam van een andere site en is geweigerd."},
    {"name_empty", "De verbinding heeft een naam nodig."},
    {"name_malformed", "De naam bevat tekens die niet getoond kunnen worden. Typ hem opnieuw."},
    {"name_too_long", "De naam is te lang: hoogstens 60 tekens."},
    {"malformed_credentials", "Wat geplakt is kan geen sleutel van deze exchange zijn. Er is niets bewaard of verstuurd: controleer elk veld en plak opnieuw."},
    {"real_key_in_demo", "De demo neemt alleen gesimuleerde sleutels aan: deze is echt, of verkeerd overgenomen. Er is niets bewaard of verstuurd. Start BackFuture zonder --demo voor een echte sleutel."},
    {"disabled", "De verbinding staat uit: zet haar eerst aan."},
    {"rotation_running", "Er wordt al een nieuwe sleutel getest."},
    {"rotation_failed", "De nieuwe sleutel doorstond zijn test niet; de oude blijft in gebruik."},
    {"rotation_refused", "De nieuwe sleutel is onveilig: hij kan meer dan handelen. De oude blijft in gebruik."},
    {"rotation_frozen", "De verbinding is voor alles bevroren, dus een nieuwe sleutel kan niet getest worden. Hef de bevriezing eerst op; als alleen instappen bevroren is, kan een sleutel wel vervangen worden."},
    {"rotation_other_account", "De nieuwe sleutel hoort bij een andere rekening bij de exchange; de oude blijft in gebruik."},
    {"rotation_account_unknown", "De exchange vertelde niet bij welke rekening de nieuwe sleutel hoort; de oude blijft in gebruik. Probeer het opnieuw."},
    {"no_old_key", "Er is geen vorige sleutel bewaard voor deze verbinding."},
    {"old_key_dead", "De exchange weigert de oude sleutel: ernaar terug gaan zou de verbinding stoppen."},
    {"old_key_works", "De exchange aanvaardt de oude sleutel nog: verwijder hem daar eerst."},
    {"old_key_unknown", "De exchange zei niet of ze de oude sleutel nog aanvaardt. Probeer het later opnieuw."},
    {"key_change_running", "De sleutels van deze verbinding worden net gewijzigd of nagevraagd. Probeer het zo opnieuw."},
    {"address_not_told", "De exchange vertelde ons adres niet. Probeer het opnieuw, of typ het."},
    {"signer_away", "Het signer-proces start. Probeer het zo opnieuw."},
    {"not_found", "Dit is er niet meer."},
    {"not_in_recovery", "De groep is niet meer in Recovery Mode."},
    {"not_active", "Alleen een actieve groep kan in Recovery Mode worden gezet."},
    {"no_difference", "De groep klopt weer met de exchange."},
    {"empty_group", "De groep bevat niets waar een verschil bij kan: negeer het."},
    {"disk_full", "De schijf van de server is vol: er is niets bewaard. Maak ruimte en probeer het opnieuw."},
    {"database_unwritable", "De server kan zijn database niet schrijven: er is niets bewaard. De console zegt waarom."},
    {"database_locked", "Een ander programma gebruikt de database: er is niets bewaard. Sluit dat programma en probeer het opnieuw."},
    {"database_damaged", "Het bestand van de database is beschadigd. Zet er een back-up voor in de plaats; het beschadigde bestand blijft zoals het is."},
    {"disk_io", "De schijf was niet te lezen of te schrijven, en er is niets gewijzigd: kijk of er ruimte is en of de schijf gezond is."},
    {"database_away", "De database is niet bereikbaar, en er is niets gewijzigd: kijk of PostgreSQL draait en BackFuture toelaat. Het wordt vanzelf opnieuw geprobeerd; in het logboek staat waarom het mislukte."},
    {"database_lost", "De verbinding met de database brak op het laatste moment: wat je vroeg kan bewaard zijn, of niet. Kijk eerst voor je het opnieuw vraagt."},
    {"alarm_not_kept", "De database neemt dit alarm nog niet aan: zodra ze dat doet, kun je het als gezien markeren."},
    {"connection_removed", "De verbinding van deze groep is verwijderd: er kan niets meer voor worden gedaan dan loslaten."},
    {"can_be_closed", "De groep kan worden gesloten: sluit haar in plaats van haar los te laten."},
    {"wrong_passkey", "Deze passkey is niet van het account, of vroeg niet om een pincode, vinger of gezicht."},
    {"passkey_stale", "Dat duurde te lang: gebruik de passkey nog eens."},
    {"passkey_copied", "Deze passkey telt terug, dus iemand kan er een kopie van hebben. Gebruik een code, en verwijder hem."},
    {"code_needed", "Dit vraagt een geldige, nog niet gebruikte code van je authenticator-app."},
};

std::string tell_part(std::string_view value, Language language);

std::string say(std::string_view value, std::string_view kind, Language language) {
    if (kind == "part") return tell_part(value, language);
    // A count, with commas between its thousands.
    std::string count{value == "more than four quintillion" ? "meer dan vier triljoen" : value};
    std::replace(count.begin(), count.end(), ',', '.');
    return count;
}

std::optional<std::string> find(std::string_view english, const auto& rows, Language language) {
    exchange::Values values{};
    const auto* row = exchange::find_wording(english, rows, values);
    if (row == nullptr) return std::nullopt;
    return exchange::tell(row->words, values, language, [language](std::string_view value, std::string_view kind) { return say(value, kind, language); });
}

std::string tell_part(std::string_view value, Language language) {
    if (auto known = find(value, kParts, language)) return *known;
    return exchange::is_remark(value) ? exchange::retell_inside(value, language) : std::string{value};
}

}  // namespace

std::string retell_refusal(std::string_view english, std::string_view code, Language language) {
    if (language == Language::en || english.empty()) return std::string{english};
    if (auto known = find(english, kSentences, language)) return *known;
    if (exchange::is_remark(english)) return exchange::retell(english, language);
    // The signer's, which begin small and are ended by whoever passes them on.
    const auto bare = english.substr(0, english.size() - (english.ends_with('.') ? 1 : 0));
    if (auto known = find(bare, kParts, language)) {
        known->front() = static_cast<char>(std::toupper(static_cast<unsigned char>(known->front())));
        return *known + '.';
    }
    for (const auto& row : kByCode)
        if (row.code == code) return std::string{row.nl};
    return std::string{english};
}

std::string retell_problem(std::string body, Language language) {
    if (language == Language::en) return body;
    const auto json = wire::Json::parse(body);
    if (!json || !json->root().is_object()) return body;
    const auto detail = (*json)["detail"].text(), code = (*json)["code"].text();
    if (!detail || !code) return body;
    std::string before = "\"detail\":", after = before;
    wire::append_json_text(before, *detail);
    wire::append_json_text(after, retell_refusal(*detail, *code, language));
    if (const auto at = body.find(before); at != std::string::npos) body.replace(at, before.size(), after);
    return body;
}

}  // namespace bf::server
