#include "common/matching/native_names.h"

#include "common/matching/fold.h"

#include <algorithm>
#include <sstream>
#include <unordered_map>

namespace calfleet::matching {
namespace {

const char* const kVowelless = R"(
محمد mohamed muhammad mohammed mohammad mohamad muhammed muhamad mohamet mohd
محمود mahmoud mahmud mahmood
احمد ahmed ahmad achmed
حامد hamed hamid
حميد hamid hameed
علي ali aly
حسن hassan hasan hasen
حسين hussein hussain husayn hossein husain
عمر omar umar oemer
عمرو amr amro
عمار ammar
عامر amer amir aamer
امير amir ameer emir
خالد khaled khalid halid chalid
يوسف yusuf youssef yousef yusef youssouf yousuf josef
ابراهيم ibrahim ebrahim ibraheem
مصطفي mustafa mostafa moustafa mustapha
عبدالله abdullah abdallah abdulla abdalla
عبدالرحمن abdulrahman abdelrahman abdurrahman abdalrahman
كريم karim kareem kerim
كرم karam
اكرم akram ekrem
سامي sami samy
سمير samir sameer semir
سالم salem salim
سليم salim selim saleem
سلمان salman
سليمان suleiman sulaiman suleyman soliman
سعيد said saeed sayed saied
سعد saad
طارق tarek tariq tarik
زياد ziad ziyad
جمال jamal gamal cemal djamal
جميل jamil gamil cemil
ماجد majed majid maged
مجيد majid majeed
نادر nader nadir
ناصر nasser naser nasir
وليد walid waleed
رامي rami ramy
رشيد rashid rasheed rachid
راشد rashed rashid
هاني hani hany
هيثم haitham haytham
ياسر yasser yasir yaser
ياسين yassin yasin yassine yaseen
بلال bilal
فاطمه fatima fatma fatimah fatemeh
عائشه aisha aysha ayesha aicha
عايشه aisha aysha ayesha aicha
مريم maryam mariam miriam meryem
ليلي leila layla laila leyla
زينب zainab zeinab zaynab zeynep
نور nour noor nur
نوره noura nora nura
سارا sara sarah
ساره sara sarah
هدي huda hoda
مني mona muna
امينه amina aminah emine
امنه amna amina
خديجه khadija khadijah hatice chadidscha
سميره samira sameera
رانيا rania
دينا dina
دانيا dania
نادين nadine nadin
حياه hayat
ايمان iman eman
اسماء asma asmaa
المصري almasri elmasri masri elmasry almasry
الخطيب alkhatib elkhatib khatib alchatib
الاحمد alahmad alahmed elahmad ahmad ahmed
الحسن alhassan elhassan alhasan
حداد haddad hadad
الحداد alhaddad elhaddad haddad
منصور mansour mansur mansoor
صالح saleh salih salah
صلاح salah
نجار najjar najar naggar
النجار alnajjar elnaggar alnajar najjar
عباس abbas
رضا reza rida rada riza
مهدي mahdi mehdi
حسيني hosseini husseini hussaini
كريمي karimi
رضايي rezaei rezai rezaie
احمدي ahmadi
محمدي mohammadi
نازنين nazanin
شيرين shirin shireen
پريسا parisa
زهرا zahra
فرهاد farhad
داريوش dariush daryoush
كوروش kourosh koroush cyrus
دوד x
דוד david dawid
דויד david
משה moshe mosche
יוסף yosef josef joseph yossef
יעקב yaakov jakob jacob yakov
יצחק yitzhak itzhak isaac yitzchak
אברהם avraham abraham
שרה sara sarah
רחל rachel rahel
רבקה rivka rebecca rebekka
לאה lea leah
מרים miriam
חנה hanna hannah chana
יעל yael
תמר tamar
נועה noa
רות ruth rut
שלמה shlomo schlomo
שמואל shmuel samuel
דניאל daniel
מיכאל michael
אורי uri ori
איתן eitan eytan etan
גיל gil
רון ron
יונתן yonatan jonathan yehonatan
כהן cohen kohen cohn kohn
לוי levi levy lewi
מזרחי mizrahi mizrachi
פרץ peretz perez
ביטון biton bitton
פרידמן friedman friedmann fridman
שפירא shapira schapira shapiro
)";

const char* const kJapaneseFamilies = R"(
佐藤 sato satou satoh
鈴木 suzuki
高橋 takahashi
田中 tanaka
伊藤 ito itou itoh
渡辺 watanabe
渡邊 watanabe
山本 yamamoto
中村 nakamura
小林 kobayashi
加藤 kato katou katoh
吉田 yoshida
山田 yamada
佐々木 sasaki
山口 yamaguchi
松本 matsumoto
井上 inoue
木村 kimura
林 hayashi
清水 shimizu
斎藤 saito saitou saitoh
斉藤 saito saitou saitoh
山崎 yamazaki yamasaki
森 mori
池田 ikeda
橋本 hashimoto
阿部 abe
石川 ishikawa
前田 maeda
藤田 fujita
小川 ogawa
岡田 okada
後藤 goto gotou gotoh
長谷川 hasegawa
村上 murakami
近藤 kondo kondou
石井 ishii
坂本 sakamoto
遠藤 endo endou
青木 aoki
藤井 fujii
西村 nishimura
福田 fukuda
太田 ota oota ohta
三浦 miura
岡本 okamoto
松田 matsuda
中川 nakagawa
中野 nakano
原田 harada
小野 ono
田村 tamura
竹内 takeuchi
金子 kaneko
和田 wada
中山 nakayama
石田 ishida
上田 ueda
森田 morita
原 hara
)";

const char* const kJapaneseGivenNames = R"(
太郎 taro tarou
一郎 ichiro ichirou
次郎 jiro jirou
健太 kenta
健 ken takeshi
大輔 daisuke
翔太 shota shouta
直樹 naoki
誠 makoto
浩 hiroshi
博 hiroshi
隆 takashi
拓也 takuya
達也 tatsuya
健一 kenichi
陽子 yoko youko
花子 hanako
恵子 keiko
裕子 yuko yuuko hiroko
由美 yumi
由美子 yumiko
智子 tomoko
久美子 kumiko
明美 akemi
美咲 misaki
さくら sakura
桜 sakura
愛 ai
葵 aoi
美香 mika
真由美 mayumi
直美 naomi
幸子 sachiko yukiko
和子 kazuko
京子 kyoko kyouko
優子 yuko yuuko
舞 mai
麻衣 mai
彩 aya
綾 aya
香織 kaori
千尋 chihiro
翼 tsubasa
蓮 ren
)";

using Table = std::unordered_map<std::string, std::vector<std::string>>;

Table read_table(const char* text, Script script) {
    Table table;
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream in{line};
        std::string native;
        if (!(in >> native)) continue;
        auto& spellings = table[to_utf8(native_spelling(clean(native), script))];
        for (std::string word; in >> word;)
            spellings.push_back(word);
    }
    return table;
}

struct Tables {
    Table names;
    Table families{read_table(kJapaneseFamilies, Script::Han)};
    std::unordered_map<std::string, std::vector<std::uint16_t>>
        arabic_latin; ///< to numbers of native names

    Tables() {
        std::uint16_t number = 0;
        for (const auto& [native, spellings] : read_table(kVowelless, Script::Arabic)) {
            names[native] = spellings;
            for (const auto& spelling : spellings)
                arabic_latin[spelling].push_back(number);
            ++number;
        }
        for (auto table : {families, read_table(kJapaneseGivenNames, Script::Han)}) {
            for (auto& [native, spellings] : table) {
                auto& all = names[native];
                all.insert(all.end(), spellings.begin(), spellings.end());
            }
        }
    }
};

const Tables& tables() {
    static const Tables kTables;
    return kTables;
}

} // namespace

const std::vector<std::string>* listed_spellings(std::u32string_view native) {
    const auto found = tables().names.find(to_utf8(native));
    return found == tables().names.end() ? nullptr : &found->second;
}

std::vector<std::uint16_t> spelled_natives(std::string_view latin) {
    const auto found = tables().arabic_latin.find(std::string{latin});
    return found == tables().arabic_latin.end() ? std::vector<std::uint16_t>{} : found->second;
}

NativeName known_native_name(const Token& native, const Token& latin) {
    const bool vowelless = native.script == Script::Arabic || native.script == Script::Hebrew;
    if (native.listed) {
        const bool same =
            std::any_of(latin.forms.begin(), latin.forms.end(), [&](const auto& form) {
                return std::find(native.listed->begin(), native.listed->end(), form) !=
                       native.listed->end();
            });
        if (same) return NativeName::Same;
        return vowelless ? NativeName::Different : NativeName::NotListed;
    }
    const bool latin_listed =
        vowelless && std::any_of(latin.facts.begin(), latin.facts.end(), [](const auto& facts) {
            return !facts.natives.empty();
        });
    return latin_listed ? NativeName::Different : NativeName::NotListed;
}

bool is_listed_name(std::u32string_view native) {
    return tables().names.contains(to_utf8(native));
}

std::size_t japanese_family_length(std::u32string_view letters) {
    for (std::size_t length = std::min<std::size_t>(3, letters.size() - 1); length >= 1; --length) {
        if (tables().families.contains(to_utf8(letters.substr(0, length))) &&
            tables().names.contains(to_utf8(letters.substr(length)))) {
            return length;
        }
    }
    return 0;
}

} // namespace calfleet::matching
