// Forms of given names across languages, and the common given names that must not pass for each
// other's typos.
#include "common/matching/vocabulary.h"

#include <algorithm>
#include <sstream>
#include <unordered_map>
#include <unordered_set>

namespace calfleet::matching {
namespace {

// One line, one name; a form may stand in several lines (Sasha).
constexpr const char* kForms = R"(
robert bob bobby rob robbie robby roberto bert
william will bill billy liam willy guillermo guillaume wilhelm
richard dick rick ricky rich riccardo ricardo
alexander alex sascha sasha aleksandr aleksander alexandr oleksandr alejandro alessandro xander sandro alec alexandros aleksandar olek sanya ales alexandre sacha sandor aleks
alexandra alex sascha sasha sandra aleksandra oleksandra alessandra alexa lexi alejandra sanja sacha ola
katharina kathi kati katja katya kate kathy kathrin katrin catherine katherine ekaterina yekaterina jekaterina kateryna katarzyna kasia katarina katerina kaethe caterina cathy kat kitty trina aikaterini
elisabeth elizabeth liz lizzy beth eliza elsa lisa lisbeth betty sissi elisa lizzie ela elzbieta ela yelizaveta elizaveta liza alzbeta erzsebet isabel libby elise
margarethe margarete margaret maggie meg peggy greta grete gretel margarita margherita margit rita marguerite malgorzata gosia gretchen
johann johannes hans hannes jan john johnny jack jens ivan juan jean giovanni joao ian sean yannis ioannis giannis janos jon jonny evan janek honza yiannis vanya wanja gianni
joseph josef sepp pepi joe joey jose jozef giuseppe jozsef beppe pepe yusuf josip osip
georg george joerg juergen schorsch jorge giorgio giorgos georgios yuri georges yorgos georgi jiri jerzy gyorgy
michael mike michi mick mickey michel miguel michele mikhail michail misha mischa mihai mykhailo michal mihaly mikael mikkel michalis mitch
christopher chris christoph christof kristof kit topher cristoforo krzysztof krzysiek kristoffer
christian chris kristian cristian christiaan
christina chris christine tina kristina christiane kristin chrissy cristina krystyna kirsten
nikolaus nicholas nick nikolas klaus niko nico nicolas nikolai nikolay nicola kolya mykola miklos nikos niklas nicolai mikolaj claus
daniel dan danny dani danilo danylo daniele
daniela dani danielle danuta
thomas tom tommy tomas tomasz tomek tommaso thom
stefan stephan steven stephen steve stefano etienne esteban istvan szczepan stepan pista stavros stefanos
stefanie stephanie steffi stefania steph steffie
anna anne ann anni anja anya ania anouk anne annie ana hannah annika aneta anka hanna nana anita anechka annette
maria marie mary mia mitzi maja marija mariya masha mascha marika miriam mariam maryam molly polly
andreas andrew andy andi andre andrea andrei andrey andrij andriy andrzej andres andras andrej drew
sebastian basti seb bastian sebastien sebastiano bast
matthias mathias matze matt matthew matteo mateusz mateo mathieu matej matyas hias
benjamin ben benny benni benjamino benj
maximilian max maxi maxim maksym maksim massimiliano massimo maks
friedrich fritz fred fredrik frederick frederic freddy federico fryderyk freddie
heinrich heinz henry heiner henri enrico enrique harry henryk hendrik henrik
ludwig lutz louis luis luigi ludvik lewis lou
wolfgang wolf wolfi
anton toni tony antonio antoine antoni anthony antonin antonios antal
antonia toni tonia antonina antonella antonie
susanne susi susan sue suzanne susanna zuzana zuzanna susie
barbara babsi barb basia bara babette varvara
gabriele gabi gaby gabriela gabriella gabrielle
ursula uschi ulla orsolya ursel
ulrike uli ulla ulrikka
ulrich uli ulli
manfred manni fredi
jakob jacob jake james jim jimmy jacques jaime giacomo jaap yakov iakov jakub diego santiago kuba
peter pete petr pedro pietro pierre piotr petros pyotr petro pit piet peer petter per petya pjotr
paul paulo pablo paolo pavel pawel pavlo pal pauli pavlos
sergei sergey sergej serge sergio serhii serhiy serhij seryozha serhiiy
dmitri dmitry dmitrij dimitri dima dmytro dmitriy dimitrios dimitris dimitar mitya mitja
vladimir wladimir volodymyr vova volodya wolodymyr vlad valdimir vladimír
evgeny evgeni jewgeni yevgeny yevhen eugen eugene zhenya schenja evgenij evgeniy jevgenij eugenio eugeniusz
evgenia jewgenia yevgenia yevheniia zhenya eugenia evgeniya
yulia julia julija yuliya iuliia juliya yuliia julie jule juliette julka giulia uliana
olga olha olia olja helga olya
irina iryna ira irene irena irka
tatiana tatjana tatyana tanja tanya tania tetiana tetyana
natalia natalja natalya natasha natascha nathalie natalie nataliya nataliia natali
elena helena jelena yelena olena lena helen helene ellen eleni ilona alena jelina nelly
svetlana swetlana sveta svitlana lana
ludmila lyudmila ljudmila liudmyla luda mila
nadezhda nadia nadja nadya nadiia
ksenia xenia ksenija oksana kseniya
anastasia nastya nastja anastasiya anastasiia stacy
victoria viktoria vicky viktoriia viktorija vika viki vittoria wiktoria
veronika veronica vroni vera
mohammed muhammad mohamed mohammad muhammed mohamad mohd md muhamad muhamed mo hamo
ahmed ahmad achmed achmad
yusuf youssef yousef yusef josef yousuf youssof
ibrahim abraham ebrahim ibraheem ibo abe avraham
mustafa mostafa moustafa mustapha
hussein hussain husayn hossein husain huseyin hussien
hassan hasan hasen
ali aly
omar umar omer oemer
khaled khalid halid chalid
said saeed sayed saied saeid sait
fatima fatma fatemeh fatimah fadime
aisha ayse aysha aicha ayesha aishah
zeynep zainab zeinab zaynab zaineb
leyla leila layla laila leyli
abdullah abdallah abdulla
abdulrahman abdelrahman abdurrahman abderrahman
mehmet memo
oezlem ozlem
guenther gunther gunter guenter
rainer reiner
ralf ralph
kurt curt
karl carl carlo carlos charles charlie charly karel karol karoly chuck
caroline karoline caro carolin karolin carolina karolina carrie
claudia klaudia
erik eric erich eerik enrico
lukas lucas luke luca luka lukasz
markus marcus marc mark marco marek marko marcos
philipp philip phil filip felipe philippe filippo pip
tobias toby tobi
timothy tim timo timotheus
dominik dominic nik domenico dominique
gregor greg gregory grzegorz grigori grisha gregorio
samuel sam sammy samuele
samantha sam
patricia pat patty tricia trish patrizia patrycja
patrick pat paddy patrik patrizio padraig
edward ed eddie eduard ted ned edoardo eduardo edu
theodor theo ted teddy fedor teodor theodoros thodoris theodore
ronald ron ronny
donald don donny
kenneth ken kenny
lawrence larry laurence lorenz lorenzo laurent laurens lars vavrinec
leonard leo lenny leonhard leonardo lennart
leonid leo lyonya
jonathan jon jonny john nathan jonas
joshua josh
zachary zach zack
gerald gerry jerry gerhard
gerhard gerd gert
walter walt wally
albert al bert bertie alberto albrecht
alfred alf fred fredi alfredo
arthur art artur arturo
raphael rafael rafa raffaele rafal rafi
emanuel manuel manu emmanuel manolo manolis
manuela manu
emilia emily emma milla emilie emmi
charlotte lotte lotti charly carlotta lottie charlie
franziska franzi fanny frances francesca francisca fran franka
franz frank francis francesco francisco franco ferenc frantisek franciszek paco pancho ferdl francois franek
hildegard hilde
brigitte gitte gitti bridget brigitta birgit biggi
angelika angela geli angelica angelique angie
josephine josefine josefa sefi fini jo giuseppina
johanna hanna joanna jana joan jane hannah giovanna jeanne janet juana asia joana ivana yana
theresa resi theres therese teresa terry tessa terezie terka
rosemarie rosi rosa rose
veronique veronika
dorothea doro dorothy dora dorothee dorota dot
sophie sofie sofia sophia zofia zosia sofiya sonja sonia sonya
magdalena magda lena leni madeleine maddalena
helmut helli
dieter didi
norbert nobbi
werner
juan juanito
ignacio nacho inigo
guadalupe lupe
dolores lola
rosario charo
concepcion concha conchita
mercedes merche
lakshmi laxmi lakshmy
krishna krishnan
srinivas srinivasan srini
subramanian subramaniam subramanyam mani
vijay vijai bijay
deepak dipak
sanjay sanjai
vinay vinai
rajesh raj
jessica jess jessie
jennifer jen jenny jenni
rebecca becky becca rebekka rivka
deborah debbie deb debora dvora
kimberly kim
abigail abby
madison maddie
benedikt bene ben benedict
korbinian korbi
valentin vali valentino
raimund raymond ray
siegfried sigi
sigrid sigi siri
ruediger rudi
rudolf rudi rudolph rolf rodolfo
eleonore ellen leonore lore nora eleanor eleonora ellie nell
isabella bella isa isabelle ella isabel
gabriel gabi gabe gabor
jaroslav jarek jarda yaroslav jaroslaw slava
stanislav stanislaw staszek standa slava
vyacheslav slava viacheslav
rostyslav rostislav slava
wojciech wojtek vojtech
boguslaw bogdan bohdan
agnieszka agnes aga agnese ines
jadwiga hedwig
zbigniew zbyszek
szabolcs szabi
laszlo laci ladislav ladislaus
zoltan zoli
konstantinos kostas dinos costas konstantin constantine kostya
panagiotis panos takis
vasilios vasilis bill vassilis vasily wassili vasil vasyl
athanasios thanasis nasos
spyridon spyros
evangelos vangelis
evangelia eva litsa
dimitra mimi
moshe moses musa mosche mose
yitzhak isaac itzik izak yitzchak
yaakov jacob koby yakov
shlomo salomon solomon sulaiman suleyman sueleyman
david dave davide dawid davy daud davud dudu
chaim haim
esther ester hadassa
tamar tamara
yosef joseph yossi
wei william
minh michael
abebe
tesfaye
chukwuemeka emeka
oluwaseun seun
oluwatobi tobi
chinedu nedu
ngozi
chidinma chidi
ayodele ayo
babatunde tunde
bjoern bjorn
soeren soren
joergen jorgen
kjell
gudrun
jonas
sigurdur siggi
gudmundur gummi
magnus mans
sigridur sigga
avraham avi abraham avner
pieter piet peter petrus
lee yi rhee
park pak bak
choi choe
jung jeong chung
kang gang
cho jo
yoon yun
lim im
shin sin
ahn an
ryu yoo yu
minho min
leopold poldi leo
ludovic ludo
veronica vero
guillermo memo
eduardo lalo
katerina katka
aleksander olek
nikolaos nikos nick
emmanouil manolis
pantelis pantelas
)";

constexpr const char* kOthers = R"(
mario mara marina marion martin martina marta martha marlene mariana mariano julian juliana julius paula pauline petra carla karla
carmen carolyn jana janina janine jasmin jasmine yasmin lara laura lauren larissa lea lia linda lina luisa louise luise
melanie melissa mona monika monica nadine nina nora oliver olivia oscar oskar pia regina renate roland romy ruth sabine sabrina
sara sarah silke silvia sylvia simon simone sven svenja tanja tim timo till tina ute uwe vanessa verena viola vivian yvonne
adam adrian aaron alan anne antje armin arne astrid axel beate bernd bernhard bettina birte bjarne boris britta bruno carsten
karsten kerstin claas corinna cornelia dagmar denise dennis detlef dirk doris edith egon elke emil erika ernst eva fabian felix
florian frieda gisela guido gustav hanno harald heike heiko helga herbert hermann holger horst hubert ilse inga ingo ingrid jan
janis jochen joachim joel julia kai karin katja kevin kim knut konrad lennard lisa lothar marcel margot marianne mareike meike
moritz nele nicole nils olaf ole otto pascal rene robin rosa roman ronja sandra selina sina sonja sophie susanne tabea tamara
theresa thorsten torsten tilman udo valerie viktor volker wiebke wilma yannick
ali amir amin amira aylin aysel bilal burak can cem ceren deniz elif emine emre enes erdal esra fadi faruk ferhat hakan halil
hatice hamza hatem ismail kaan karim kemal kerem khalil mahmoud mahmud mariam melek meryem murat nasser nour onur osman ramazan
rami rania recep sami samir selim selin serkan sibel sinan tarek tarik tuba ufuk umut volkan yasemin yasin yilmaz zehra
anil anita arjun asha ashok divya geeta kavita kiran kumar lata manish meena neha nisha pooja prakash priya rahul raj rajiv
ravi ritu rohit sanjay seema shreya sita sunil sunita suresh usha vijay vikram
amaka ada chioma emeka femi funmi ifeoma kemi nneka obinna segun sola tolu yemi
hiroshi haruka kenji kenta naoko satoshi takashi takeshi yuki yuko yumi minjun jiwoo jihoon seojun soyeon sujin jimin minji
wei fang jing ming hong ying xin lan mei hua min jun lei qiang tao yan yang jie li na xiu
alba alvaro beatriz claudia cristina elena fernando gonzalo hugo ines irene javier jorge lucia marcos marta nuria pilar raul
rocio rosa ruben sergio silvia sonia teresa vicente bruna fernanda joana larissa mariana rafaela renata tiago thiago vitor
alice arnaud aurelie benoit camille celine chloe clement delphine elodie emilie fabien florence gilles helene herve isabelle
julien lea loic luc lucie manon mathilde maxime nathan noemie olivier pauline pierre quentin romain sylvie thierry vincent yann
alessia beatrice bianca chiara elisa fabio federica filippo gianluca giorgia ilaria lorenzo luca martina nicola paola roberta
roberto sara serena silvia simona stefania valentina
agata anita bartosz beata dawid ewa grazyna iwona izabela jacek janusz jolanta justyna kamil karol krystian lidia maciej monika
marcin natalia pawel przemek renata robert sylwia szymon teresa wanda zofia
arvid axel bodil eivind elin emil erik freja frida gunnar hakan haakon hilde ingrid johan karin kari kristin lars lene linnea
magnus mette morten nils ole oskar pernille rasmus runar signe silje siri solveig sven tone tor trine ulla
bram daan eline femke fleur ilse jasper jeroen joost jurgen koen lotte maaike maarten marieke mieke niels pieter roos sander
sanne sjoerd thijs wim wouter
aoife brendan brian caoimhe ciara ciaran conor darragh declan eoin fergus fiona grainne kieran maeve niall niamh oisin orla
roisin ronan saoirse shane siobhan brad brenda carl cheryl craig dale darren derek diana donna dylan erin gary gavin
gordon grace hazel heather ian jean joan joyce karen keith kelly kerry kyle linda lynn marilyn megan neil nigel nora owen pamela
paula rachel ross roy russell ruth ryan scott sharon sheila shirley stuart susan terry tina tracy trevor wendy wayne
)";

struct GivenNames {
    std::unordered_multimap<std::string, int> groups;
    std::vector<std::vector<std::string>> members;
    std::unordered_set<std::string> known;

    GivenNames() {
        std::istringstream lines{kForms};
        int group = 0;
        for (std::string line; std::getline(lines, line); ++group) {
            std::istringstream in{line};
            members.emplace_back();
            for (std::string word; in >> word;) {
                members.back().push_back(word);
                groups.emplace(word, group);
                known.insert(word);
            }
        }
        std::istringstream in{kOthers};
        for (std::string word; in >> word;)
            known.insert(word);
    }
};

const GivenNames& given_names() {
    static const GivenNames kNames;
    return kNames;
}

} // namespace

bool same_given_name(std::string_view a, std::string_view b) {
    const auto& groups = given_names().groups;
    const auto [first, last] = groups.equal_range(std::string{a});
    const auto [other_first, other_last] = groups.equal_range(std::string{b});
    return std::any_of(first, last, [&, of = other_first, ol = other_last](const auto& mine) {
        return std::any_of(of, ol, [&](const auto& theirs) {
            return mine.second == theirs.second;
        });
    });
}

std::vector<std::string> given_name_forms(std::string_view word) {
    const auto& names = given_names();
    const auto [first, last] = names.groups.equal_range(std::string{word});
    std::vector<std::string> forms;
    for (auto mine = first; mine != last; ++mine) {
        const auto& members = names.members[static_cast<std::size_t>(mine->second)];
        forms.insert(forms.end(), members.begin(), members.end());
    }
    return forms;
}

bool is_known_given_name(std::string_view word) {
    return given_names().known.contains(std::string{word});
}

} // namespace calfleet::matching
