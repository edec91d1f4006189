#include "common/matching/vocabulary.h"

#include <algorithm>
#include <sstream>
#include <unordered_set>

namespace calfleet::matching {
namespace {

using Words = std::unordered_set<std::string>;

Words words(const char* list) {
    std::istringstream in{list};
    Words found;
    for (std::string word; in >> word;)
        found.insert(word);
    return found;
}

bool has(const Words& set, std::string_view word) {
    return set.contains(std::string{word});
}

bool ends_with_any(
    std::string_view word, std::initializer_list<std::string_view> endings, std::size_t least
) {
    return word.size() >= least &&
           std::any_of(endings.begin(), endings.end(), [&](auto e) { return word.ends_with(e); });
}

} // namespace

bool is_title(std::string_view word) {
    static const Words kSet =
        words("maitre dr ddr drs prof professor doktor doctor med dent vet jur phil "
              "nat rer pol mmag oec "
              "habil hc "
              "dipl diplom ing mag "
              "magister mba bakk lic herr herrn frau fraeulein hr mr mrs ms miss mx "
              "mister madam "
              "madame mme mlle "
              "monsieur sig sigra signor signora dott dottssa dottoressa dottor avv "
              "arch geom rag "
              "sra srta dra "
              "senor senora senorita dona mudr judr phdr rndr mvdr mddr paeddr thdr "
              "pharmdr mgr bc "
              "csc drsc inz lek "
              "hab pani bayan hanim uzm doc docent dt op.dr opdr ecz av.kat fru herra "
              "rouva dhr "
              "mevr mevrouw "
              "meneer ir mw shri smt shrimati kumari ustad ustaz alhaji alhaja barr "
              "barrister engr chief "
              "rev reverend ra rain rechtsanwalt rechtsanwaeltin steuerberater notar "
              "stb wp "
              "od univ oberarzt "
              "oberaerztin chefarzt chefaerztin san sama dipling drmed drmeddent dring "
              "г-н г-жа господин госпожа д-р др доктор проф профессор пан пані κ κα "
              "κος κυρ δρ καθ "
              "кандидат "
              "د دكتور الدكتور دكتورة الدكتورة السيد السيدة أستاذ الأستاذ الأستاذة "
              "مهندس المهندس "
              "الحاج شيخ الشيخ م أ "
              "آقای خانم دكتر دکتر מר גב גברת דר ד פרופ さん 様 先生 氏 씨 님 선생님 "
              "교수 원장 "
              "박사 女士 小姐 医生 老师 博士 教授 "
              "श्री श्रीमती डॉ डॉक्टर ato weyzero woizero");
    return has(kSet, word);
}

bool is_ambiguous_title(std::string_view word) {
    static const Words kSet = words("baron baronin baroness graf graefin freiherr freifrau prinz "
                                    "prinzessin ritter edler conte contessa "
                                    "marquis count countess me don pan bay bey op fr dame lord sir "
                                    "lady haji hj hajj sri sir eng sayyid syed av "
                                    "sister chief sheikh shaykh pastor hajia mama papa "
                                    "bruder schwester pater abu st datuk dato tan");
    return has(kSet, word);
}

bool is_degree(std::string_view word) {
    static const Words kSet = words("phd msc bsc mba llm llb md dds dmd mph rn dvm bed med mphil "
                                    "dphil beng meng mres facs frcs mrcp mrcs "
                                    "cpa cfa pmp lmt lcsw psyd edd jd esq esquire esqr fh bds mds "
                                    "mbbs ms od dpt pt dnp np pa dc hp hpp psy "
                                    "psych ba ma csc phdr mbchb fca mba cbe obe mbe kbe fh");
    static const Words kNames = words("ma ba do ms od pt pa dc np med bed psy hp");
    return has(kSet, word) && !has(kNames, word);
}

bool is_dotted_degree(std::string_view word) {
    static const Words kSet = words("ma ba do ms od pt pa dc np med bed hp hc fh bs aa mm mf ra");
    return has(kSet, word) || is_degree(word);
}

bool is_particle(std::string_view word) {
    static const Words kSet = words("von van vom zu zur zum der den dem de del della dello delle "
                                    "degli dei di da dal dalla dos das do la le "
                                    "les lo du des ter ten te tot op af av y e i al el ul il ad as "
                                    "ash at ar an ibn bin binti binte bint ben "
                                    "bat bar ould bou t s ы ال בן בת فرزند o zh auf und");
    return has(kSet, word);
}

std::string_view generation_mark(std::string_view word, bool dotted) {
    static const Words kJunior = words("jr junior jnr juniore mladsi mlodszy "
                                       "filho fils hijo minor ifj младший мл");
    static const Words kSenior =
        words("sr senior snr starsi starszy pai pere padre idosb id старший ст");
    if (has(kJunior, word)) return "jr";
    if (has(kSenior, word)) return "sr";
    if (dotted && (word == "jun" || word == "ml")) return "jr";
    if (dotted && (word == "sen" || word == "st")) return "sr";
    if (word == "neto" || word == "nieto") return "neto";
    if (word == "sobrinho") return "sobrinho";
    if (word == "ii" || word == "2nd") return "2";
    if (word == "iii" || word == "3rd") return "3";
    if (word == "iv" || word == "4th") return "4";
    return {};
}

bool is_occupation(std::string_view word) {
    static const Words kSet = words("stylist stylistin hairstylist hairdresser barber friseur "
                                    "friseurin friseurmeister friseurmeisterin frisoer "
                                    "coiffeur coiffeuse kosmetikerin kosmetiker visagistin "
                                    "nageldesignerin therapist therapeut therapeutin "
                                    "physio physiotherapeut physiotherapeutin physiotherapist "
                                    "physiotherapie osteopath osteopathin ergotherapeutin "
                                    "logopaedin heilpraktiker heilpraktikerin masseur masseurin "
                                    "masseuse podologin psychologe psychologin "
                                    "psychologist zahnarzt zahnaerztin dentist arzt aerztin "
                                    "hausarzt facharzt fachaerztin hautarzt orthopaede "
                                    "physician surgeon nurse doctor trainer trainerin coach "
                                    "consultant berater beraterin owner inhaber inhaberin "
                                    "geschaeftsfuehrer geschaeftsfuehrerin ceo cto cfo founder "
                                    "gruender director direktor direktorin manager "
                                    "managerin leiter leiterin leitung filialleitung salonleitung "
                                    "meister meisterin azubi auszubildende lehrling "
                                    "praktikant praktikantin trainee assistant assistenz "
                                    "assistentin zfa mfa mta rezeptionistin junior senior "
                                    "lead head chef chefin mitarbeiter mitarbeiterin colorist "
                                    "koloristin master makeup artist specialist "
                                    "partner associate advisor hygienist prophylaxe dermatologist "
                                    "estheticien estheticienne advogado advogada "
                                    "medico medica parrucchiera parrucchiere estetista abogada "
                                    "abogado peluquera peluquero fisioterapeuta "
                                    "kuafor fryzjer fryzjerka kosmetyczka lekarz terapeutka врач "
                                    "мастер парикмахер косметолог стилист терапевт "
                                    "管理 店長 스타일리스트 디자이너");
    return has(kSet, word) ||
           ends_with_any(
               word, {"therapeutin", "therapeut", "meisterin", "aerztin", "stylistin"}, 9
           );
}

bool is_resource(std::string_view word) {
    static const Words kSet =
        words("team teams equipo equipe squadra zespol ekip ekibi tiim meeting "
              "conference konferenz "
              "besprechung meetingroom "
              "raeume kabinen kabine cabin cabine cabina empfang rezeption "
              "reception recepcion recepcja "
              "recepce recepciya "
              "accueil resepsiyon front frontdesk helpdesk support kundenservice "
              "kundendienst customer "
              "resource "
              "ressource ressourcen geraet laser solarium sauna behandlung "
              "treatment zimmernummer buero "
              "office "
              "calendar kalender termine terminkalender booking bookings buchung "
              "buchungen termin "
              "sekretariat "
              "secretariat verwaltung zentrale hotline chatbot bot noreply "
              "system systemuser service "
              "serviceteam "
              "roundrobin vertrieb sales marketing abteilung department "
              "parkplatz beamer projektor "
              "fahrzeug "
              "dienstwagen sala salle stanza aula toplanti odasi oda zasedacka "
              "zasedaci mistnost gabinet "
              "pokoj "
              "targyalo terem vergaderzaal vergaderruimte moteslokal motesrom "
              "rum kokous huone "
              "комната кабинет переговорная команда ресепшн зал поддержка "
              "администратор офис кімната "
              "αίθουσα ομάδα γραφείο υποδοχή غرفة فريق قاعة استقبال مكتب اتاق "
              "חדר צוות קבלה 会議室 "
              "会议室 診察室 诊室 受付 前台 "
              "団隊 团队 회의실 팀 접수 진료실 कक्ष टीम ห้องประชุม");
    return has(kSet, word) ||
           ends_with_any(
               word,
               {"raum", "raeume", "zimmer", "kabine", "saal", "team", "room", "support", "plaetze"},
               8
           ) ||
           ends_with_any(word, {"会議室", "会议室", "회의실", "診察室", "诊室", "팀", "受付"}, 3);
}

bool is_resource_head(std::string_view word) {
    static const Words kSet = words("room rooms raum zimmer hall saal stuhl chair platz bank liege "
                                    "bett bed desk table tisch stage chamber "
                                    "lounge garden kueche kitchen halle box bay suite studio "
                                    "office therapie physio beauty hair haare haar "
                                    "nails kosmetik massage spa wellness dental zahn klinik gruppe "
                                    "group crew staff personal admin "
                                    "administrator info test demo user benutzer gast guest account "
                                    "konto mitarbeiter kollege anyone any "
                                    "jeder egal nn floor etage");
    return has(kSet, word);
}

bool is_resource_companion(std::string_view word) {
    static const Words kSet = words("gross gruen blau rot gelb weiss schwarz blue red green yellow "
                                    "white black large small big grosser kleiner "
                                    "grosse kleine grosses kleines links rechts oben unten og eg "
                                    "ug stock nord sued ost west north south east "
                                    "mitte first second the der die das und and of for fuer no nr "
                                    "nummer number external internal all alle "
                                    "verfuegbar available");
    return has(kSet, word);
}

bool is_organisation(std::string_view word) {
    static const Words kSet =
        words("salon salons praxis gemeinschaftspraxis zahnarztpraxis hausarztpraxis "
              "arztpraxis "
              "studio haarstudio "
              "kosmetikstudio nagelstudio barbershop friseursalon clinic klinik "
              "klinika clinique "
              "clinica polyclinic "
              "poliklinik hospital krankenhaus kanzlei institut institute agency "
              "agentur akademie "
              "academy zentrum center "
              "centre centro centrum spa company firma group gruppe holding shop store "
              "filiale "
              "standort niederlassung "
              "branch hairdressers physiotherapie physiopraxis kosmetikinstitut "
              "haarwerk schule "
              "school foundation verein "
              "apotheke pharmacy cabinet ordination atelier boutique lounge beauty "
              "hair consulting "
              "muayenehane "
              "gabinete ambulatorio ambulatory ordinace studios services solutions "
              "partners dental "
              "салон клиника студия центр 美容室 医院 병원 미용실 クリニック サロン");
    return has(kSet, word) ||
           ends_with_any(word, {"praxis", "studio", "salon", "klinik", "institut", "zentrum"}, 8) ||
           ends_with_any(word, {"医院", "クリニック", "サロン", "병원", "诊所"}, 6);
}

bool is_legal_form(std::string_view word) {
    static const Words kSet = words("gmbh ag kg ohg gbr ug ek ltd limited inc llc plc corp sarl "
                                    "sas sa srl spa bv nv oy ab aps as doo sro zoo "
                                    "kft bt mbb partg ev se ооо зао");
    static const Words kAlsoNames = words("sa as se ab ag bt ev spa zoo ek");
    return has(kSet, word) && !has(kAlsoNames, word);
}

bool is_remark_of_absence(std::string_view word) {
    static const Words kSet = words("ehemalig ehemalige ehemaliger former formerly ex vertretung "
                                    "vertreten vertritt substitute inaktiv inactive "
                                    "ausgeschieden left retired deaktiviert disabled deactivated "
                                    "alt old archiv archived krank elternzeit "
                                    "urlaubsvertretung cover covering stellvertretung fuer for "
                                    "anstelle statt instead geloescht deleted remplacante "
                                    "remplacant suplente sostituto leave covered urlaub elternzeit "
                                    "mutterschutz sabbatical maternity vacation holiday "
                                    "beurlaubt gekuendigt conge ferie vertretungsweise");
    return has(kSet, word);
}

bool is_maiden_name_word(std::string_view word) {
    static const Words kSet = words("geb geborene geborener nee ne born verh "
                                    "vormals z.d zd rozena nata nacida урожд");
    return has(kSet, word);
}

bool is_decoration(std::string_view word) {
    static const Words kSet = words("she her hers he him his they them theirs sie ihr er ihm elle "
                                    "il ella el extern external intern internal online "
                                    "offline termine termin buchung booking bookings calendar "
                                    "kalender work arbeit privat private home office "
                                    "homeoffice video zoom meet neu new vollzeit teilzeit remote "
                                    "official your ihre deine und and mit with by "
                                    "from at bei in im am the co");
    return has(kSet, word);
}

bool is_placeholder(std::string_view word) {
    static const Words kSet = words("unknown unbekannt anonymous anonym null undefined none nan na "
                                    "deleted geloescht removed inconnu desconocido "
                                    "nobody niemand noname user tbd todo n.n nn xxx neznamy "
                                    "nieznany неизвестно удален bilinmiyor 不明 未知");
    return has(kSet, word);
}

bool is_vietnamese_family_name(std::string_view word) {
    static const Words kSet = words("nguyen tran le pham hoang huynh phan vu vo dang bui do ho ngo "
                                    "duong ly dinh truong lam dao doan");
    return has(kSet, word);
}

bool is_patronymic(std::string_view word) {
    return ends_with_any(
        word,
        {"ovich", "evich",  "ovych",  "evych",   "iovych", "ovic",  "evic",  "owitsch", "ewitsch",
         "owicz", "ovitch", "evitch", "ovna",    "evna",   "ivna",  "iivna", "jivna",   "yivna",
         "owna",  "ewna",   "ichna",  "inichna", "iovich", "jovyc", "ovyc"},
        6
    );
}

bool is_role_word(std::string_view word) {
    static const Words kSet =
        words("info information infos kontakt contact contacto contato contatti "
              "contacts office buero bureau "
              "oficina empfang rezeption reception recepcion recepcja recepce "
              "recepcio accueil receptie reception1 "
              "resepsiyon frontdesk welcome team equipe equipo ekip zespol "
              "praxis salon studio klinik clinic "
              "clinica kanzlei mail email post hello hallo hi hola bonjour ciao "
              "termin termine booking bookings "
              "buchung reservierung reservation reservations reservas rendezvous "
              "rdv appointments appointment "
              "randevu cita citas prenotazioni agenda kalender calendar support "
              "service help helpdesk sales "
              "vertrieb verkauf marketing admin administrator administration "
              "verwaltung sekretariat secretariat "
              "secretaria segreteria sekretariaat sekretariatet noreply "
              "donotreply postmaster webmaster hostmaster "
              "root billing rechnung rechnungen buchhaltung accounting invoice "
              "jobs karriere bewerbung hr personal "
              "shop store filiale zentrale direktion leitung management manager "
              "inhaber chef staff mitarbeiter all "
              "alle everyone group gruppe iletisim bilgi poczta biuro kancelaria "
              "gabinet ordination anmeldung "
              "assistenz dispo schalter kasse kosmetik physio therapie hair "
              "beauty friseur system user test demo "
              "calcom cal kundenservice kundendienst customer customerservice "
              "enquiries inquiries enquiry ufficio "
              "amministrazione administracion secretary firma company urad "
              "uredno iroda titkarsag ugyfelszolgalat "
              "posta correo kliniken praxisteam zahnarztpraxis arztpraxis ");
    return has(kSet, word);
}

bool is_free_mail(std::string_view domain) {
    static const Words kSet = words("gmail.com gmx.de gmx.net gmx.at gmx.ch web.de t-online.de "
                                    "freenet.de yahoo.com yahoo.de yahoo.fr yahoo.co.uk "
                                    "hotmail.com hotmail.de hotmail.fr hotmail.it hotmail.co.uk "
                                    "outlook.com outlook.de live.com live.de msn.com "
                                    "icloud.com me.com mac.com aol.com aol.de arcor.de posteo.de "
                                    "mailbox.org proton.me protonmail.com pm.me mail.ru "
                                    "yandex.ru yandex.com inbox.ru bk.ru list.ru rambler.ru "
                                    "ukr.net wp.pl o2.pl onet.pl interia.pl seznam.cz "
                                    "centrum.cz email.cz freemail.hu citromail.hu libero.it "
                                    "virgilio.it tiscali.it orange.fr wanadoo.fr free.fr "
                                    "laposte.net sfr.fr bluewin.ch hispeed.ch aon.at chello.at "
                                    "naver.com daum.net hanmail.net qq.com 163.com 126.com "
                                    "sina.com foxmail.com docomo.ne.jp ezweb.ne.jp softbank.ne.jp "
                                    "yahoo.co.jp rediffmail.com yahoo.in yahoo.co.in "
                                    "uol.com.br bol.com.br terra.com.br telenet.be skynet.be "
                                    "ziggo.nl kpnmail.nl planet.nl hetnet.nl home.nl "
                                    "telia.com online.no mail.dk btinternet.com sky.com 1und1.de "
                                    "email.de vodafone.de kabelmail.de unitybox.de "
                                    "zoho.com fastmail.com hey.com tutanota.com tutanota.de "
                                    "walla.co.il abv.bg sapo.pt mail.com gmx.com i.ua");
    return has(kSet, domain);
}

} // namespace calfleet::matching
