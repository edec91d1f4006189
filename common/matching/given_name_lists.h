#pragma once
// The given names we know: forms of one name across languages, pet forms, and
// names that are only common. Data of vocabulary_given_names.cpp.

namespace calfleet::matching {

// One line, one name: its full forms, a bar, its pet forms. Two pet forms may
// be two people (Liz, Beth).
inline constexpr const char* kForms = R"(
robert roberto | bob bobby rob robbie robby bert
william guillermo guillaume wilhelm | will bill billy liam willy willi
richard riccardo ricardo | dick rick ricky rich
alexander aleksandr aleksander alexandr oleksandr alejandro alessandro alexandros aleksandar alexandre sandor | alex sascha sasha xander sandro alec olek sanya ales aleks sacha
alexandra aleksandra oleksandra alessandra alejandra | alex sascha sasha sandra alexa lexi sanja sacha ola
katharina catherine katherine ekaterina yekaterina jekaterina kateryna katarzyna katarina katerina caterina aikaterini catarina | kathi kati katja katya kate kathy kasia kaethe cathy kat kitty trina katka katia
kathrin katrin catrin | kathi kati
elisabeth elizabeth elzbieta yelizaveta elizaveta alzbeta erzsebet elisabetta | liz lizzy lizzie beth betty eliza lisa lisbeth sissi ela liza libby lilibet erzsi elise
margarethe margarete margareta margarita margherita marguerite | grete gretel greta rita gretchen marga
margaret | maggie meg peggy marge greta
malgorzata | gosia
johann johannes | hans hannes
john | johnny jack
jonathan | jon jonny nathan
jan | janek honza
ivan | vanya wanja vanja
ioannis giannis yannis yiannis |
giovanni | gianni nanni vanni
juan | juanito
josef joseph jose jozef giuseppe jozsef josip yosef | sepp pepi joe joey beppe pepe osip yossi
georg | schorsch
george georgios giorgos yorgos | georgie
yuri yurii juri yuriy jurij iurii |
jiri | jirka
michael mikhail michail michal mihaly mikael mykhailo mihai michalis | mike michi mick mickey misha mischa mikkel mitch
michele michel miguel |
christopher cristoforo krzysztof kristoffer | chris kit topher krzysiek
christoph christof kristof | chris stoffel
christian kristian cristian christiaan | chris
christina kristina cristina krystyna | chris tina chrissy
christine kristine | chris tina chrissy
christiane | chris
nikolaus | klaus claus nick niko
nicholas nicolas nikolas nikolaos | nick nico niko nikos
nikolai nikolay mykola nicolai mikolaj nikolaj | kolya kolja
daniel danilo danylo daniele | dan danny dani
daniela | dani
danielle | dani
thomas tomas tomasz tommaso | tom tommy tomek thom
stefan stephan stefano stepan stefanos szczepan |
stephen steven | steve
istvan | pista
stefanie stephanie | steffi stefania steph steffie
anna | anni annie anya ania anka anechka anita
hannah hanna hana |
maria marija mariya | mitzi masha mascha marika maja
mary | molly polly
miriam mariam maryam meryem |
andreas | andi andy
andrew | andy drew
andrei andrey andrij andriy andrej andrii |
andrea | andi
sebastian sebastien sebastiano | basti seb bastian bast
matthias mathias | matze hias matti
matthew | matt
benjamin | ben benny benni benj
benedikt benedict | bene ben
maximilian massimiliano | max maxi
maxim maksym maksim massimo | max maks
friedrich fryderyk | fritz fred freddy
frederik frederic frederick fredrik federico | fred freddy freddie
heinrich | heinz heiner henry
henry | harry hank
hendrik henrik | henk
ludwig ludvik | lutz
louis luis luigi lewis | lou
wolfgang | wolf wolfi
anton antonio antoine antoni anthony antonin antonios antal | toni tony
antonia antonina antonella antonie | toni tonia
susanne suzanne susanna susan zuzana zuzanna | susi sue susie
barbara varvara | babsi barb basia bara babette
gabriele | gabi gaby
gabriela gabriella gabrielle | gabi gaby
ursula orsolya | uschi ulla ursel
ulrike | uli ulla rike
ulrich | uli ulli
manfred | manni fredi
jakob jacob yakov iakov jakub yaakov | jake kuba jaap
james | jim jimmy jamie
peter petr pedro pietro pierre piotr petros pyotr petro pieter pjotr petrus | pete piet pit petya per
paul paulo pablo paolo pavel pawel pavlo pal pavlos | pauli
sergei sergey sergej serge sergio serhii serhiy serhij | seryozha
dmitri dmitry dmitrij dimitri dmytro dmitriy dimitrios dimitris dimitar | dima mitya mitja
vladimir wladimir volodymyr wolodymyr vladimirs | vova volodya vlad
evgeny evgeni jewgeni yevgeny yevhen eugen eugene evgenij evgeniy jevgenij eugenio eugeniusz | zhenya schenja gene
evgenia jewgenia yevgenia yevheniia eugenia evgeniya | zhenya
yulia julia julija yuliya iuliia juliya yuliia giulia | jule
olga olha olia olja |
irina iryna irena | ira irka
tatiana tatjana tatyana tetiana tetyana | tanja tanya tania
natalia natalja natalya nathalie natalie nataliya nataliia natali | natasha natascha nata
elena helena jelena yelena olena alena eleni | lena lenka
helen helene ellen |
svetlana swetlana svitlana | sveta lana
ludmila lyudmila ljudmila liudmyla | luda mila
nadezhda nadiia nadija | nadia nadja nadya
ksenia xenia ksenija oksana kseniya |
anastasia anastasija anastasiya anastasiia | nastya nastja stacy
victoria viktoria viktoriia viktorija vittoria wiktoria | vicky vika viki
veronika veronica veronique | vroni vero
mohammed muhammad mohamed mohammad muhammed mohamad muhamad muhamed | mohd md mo hamo
ahmed ahmad achmed achmad |
yusuf youssef yousef yusef yousuf youssof |
ibrahim ebrahim ibraheem | ibo
abraham avraham | abe avi avner
mustafa mostafa moustafa mustapha |
hussein hussain husayn hossein husain huseyin |
hassan hasan hasen |
omar umar omer oemer |
khaled khalid halid chalid |
said saeed saied saeid sait |
fatima fatma fatemeh fatimah fadime |
aisha ayse aysha aicha ayesha aishah |
zeynep zainab zeinab zaynab zaineb |
leyla leila layla laila leyli |
abdullah abdallah abdulla |
abdulrahman abdelrahman abdurrahman abderrahman |
mehmet | memo
guenther gunther gunter guenter |
rainer reiner |
ralf ralph |
kurt curt |
karl carl | kalle
charles | charlie charly chuck
carlos | carlitos
caroline karoline carolin karolin carolina karolina | caro carrie lina
claudia klaudia |
erik eric |
lukas lucas lukasz | luki luke
luca luka |
markus marcus |
marc mark |
marco marko |
philipp philip phillip felipe philippe filippo filip | phil pip
tobias | toby tobi
timothy timotheus | tim timo
dominik dominic domenico dominique | nik dom
gregor gregory grzegorz grigori gregorio | greg grisha
samuel | sam sammy
samantha | sam sammy
patricia patrizia patrycja | pat patty tricia trish
patrick patrik patrizio | pat paddy
padraig | pat paddy
edward eduard edoardo eduardo | ed eddie ted ned edu
theodor theodore theodoros teodor fedor | theo ted teddy thodoris
ronald | ron ronny
donald | don donny
kenneth | ken kenny
lawrence laurence lorenz lorenzo laurent laurens | larry
leonard leonhard leonardo lennart | leo lenny
leopold | leo poldi
leonid | leo lyonya
joshua | josh
zachary | zach zack
gerald | gerry jerry
gerhard | gerd gert hardy
walter | walt wally
albert alberto | al bert bertie
alfred alfredo | alf fred fredi
arthur artur arturo | art
raphael rafael raffaele rafal | rafa rafi
emanuel emmanuel emmanouil manuel | manu manolo manolis
manuela | manu
emilia emily emilie | milla emmi
charlotte carlotta | lotte lotti charly lottie charlie
franziska frances francesca francisca | franzi fanny fran franka
franz frank | franzl ferdl
francis francesco francisco franciszek frantisek | franco paco pancho franek frank
hildegard | hilde
brigitte brigitta birgit bridget | gitte gitti biggi
angelika angelica angelique | angie geli
angela | angie
josephine josefine josefa giuseppina | sefi fini jo
johanna | hanna hanni jo
joanna joana | asia jo
theresa teresa therese terezie tereza | resi tess tessa terry terka
rosemarie | rosi
dorothea dorothy dorothee dorota | doro dora dot
sophie sofie sofia sophia zofia sofiya | zosia
sonja sonia sonya |
magdalena maddalena madeleine | magda lena leni
helmut | helli
dieter | didi
ignacio inigo | nacho
guadalupe | lupe
dolores | lola
rosario | charo
concepcion | concha conchita
mercedes | merche
eduarda | duda
lakshmi laxmi lakshmy |
krishna krishnan |
srinivas srinivasan | srini
subramanian subramaniam subramanyam | mani
vijay vijai bijay |
deepak dipak |
sanjay sanjai |
jessica | jess jessie
jennifer | jen jenny jenni
rebecca rebekka rivka | becky becca
deborah debora dvora | debbie deb
kimberly | kim
abigail | abby
korbinian | korbi
valentin valentino | vali
raimund raymond | ray
siegfried | sigi
sigrid | sigi siri
ruediger | rudi
rudolf rudolph rodolfo | rudi rolf
eleonore leonore | lore nora ellen
eleanor eleonora | ellie nell nora
isabella isabelle isabel | bella isa
gabriel | gabi gabe
jaroslav yaroslav jaroslaw | jarek jarda slava
stanislav stanislaw | staszek standa slava stan
vyacheslav viacheslav | slava
rostyslav rostislav | slava
wojciech vojtech | wojtek
bohdan bogdan |
agnieszka agnes agnese | aga
zbigniew | zbyszek
szabolcs | szabi
laszlo ladislav ladislaus | laci
zoltan | zoli
konstantinos konstantin constantine kostyantyn | kostas dinos costas kostya
panagiotis | panos takis
vasilios vasilis vassilis vasily wassili vasil vasyl | bill
athanasios | thanasis nasos
spyridon | spyros
evangelos | vangelis
evangelia | eva litsa
dimitra | mimi
moshe moses mosche mose musa |
yitzhak isaac yitzchak itzhak | itzik izak
shlomo salomon solomon |
david davide dawid daud davud | dave davy dudu
esther ester |
chukwuemeka | emeka
oluwaseun | seun
oluwatobi | tobi
chinedu | nedu
chidinma | chidi
ayodele | ayo
babatunde | tunde
bjoern bjorn |
soeren soren |
joergen jorgen |
sigurdur | siggi
sigridur | sigga
gudmundur | gummi
lee yi rhee |
park pak bak |
choi choe |
jung jeong chung |
kang gang |
cho jo |
yoon yun |
lim im |
shin sin |
ahn an |
ryu yoo yu |
)";

// A pet form, then the full forms it may stand for.
inline constexpr const char* kPetForms =
    R"(ueli ulrich;ruedi rudolf;vreni verena;res andreas;koebi jakob;gustl august;ferdl ferdinand;rosl rosa;loisl alois;wasti sebastian;
flo florian florence;domi dominik dominique;luggi ludwig;vinz vinzenz;lisl elisabeth;liesl elisabeth;evi eva evamaria;conny cornelia;
nelly cornelia;moni monika;niki nicole nikolaus nikolett;nicki nicole;sabsi sabine;biene sabine;bine sabine;tine christine martina;
heinzi heinz;hansi hans johann;walti walter;werni werner;noldi arnold;wolle wolfgang;jogi joachim;achim joachim;jochen joachim;
micha michael;olli oliver;ollie oliver olivia;sanny sandra;mandy amanda;uschi ursula;vroni veronika;regi regina;renni renate;
jeff jeffrey geoffrey;geoff geoffrey;doug douglas;russ russell;stan stanley;terry terence;vince vincent;vinny vincent;wes wesley;
cindy cynthia;pam pamela;penny penelope;sandy sandra alexander;sally sarah;sadie sarah;val valerie valentina valentin;
gwen gwendolyn;kirsty kirsten;evie eve evelyn;gabby gabrielle;gina regina georgina;ginny virginia;jackie jacqueline;josie josephine;
judy judith;laurie laura lauren;lynn linda;mel melanie melissa;millie mildred amelia camilla;nessa vanessa;nicky nicole nicola nicholas;
nikki nicole;reg reginald;rosie rose rosemary;shelley michelle;viv vivian vivien;sid sidney;cliff clifford;clem clement;jerry jeremy;
hal harold;harry harold;herb herbert;ike isaac;marty martin;mort mortimer;norm norman;ozzy oswald;randy randolph;rod rodney;
lasse lars;pelle per;olle olof;nisse nils;bosse bo;gitte birgitte;mette margrete;lotta charlotte;stina kristina;wim willem;
kees cornelis;cor cornelis;joop johannes;sjaak jacques;mieke maria;riet maria;els elisabeth;bram abraham;daan daniel;teun anton;
toon anton;ton anton antonius;nel petronella;jos jozef josephus;pepe jose;nando fernando;fer fernando;quique enrique;kike enrique;
santi santiago;tere teresa;asun asuncion;pili pilar;loli dolores;javi javier;lucho luis;beto alberto roberto;chelo consuelo;
isa isabel isabelle isabella;xavi xavier;montse montserrat;chus jesus;nico nicolas;ze jose;zeca jose;chico francisco;quim joaquim;
bia beatriz;carol carolina caroline;guto augusto;peppe giuseppe;pippo filippo giuseppe;toto antonio salvatore;tonino antonio;
nino antonio giovanni;enzo vincenzo lorenzo;lele emanuele;ale alessandro alessandra;fede federico federica;gigi luigi;gino luigi;
mimmo domenico;pino giuseppe;giusy giuseppina;mena filomena;vale valentina valeria;steph stephane;max maxime maximilien;
sab sabrina sabine;tof christophe;xav xavier;greg gregoire;bartek bartosz bartlomiej;darek dariusz;iza izabela;jola jolanta;
jurek jerzy;krysia krystyna;leszek lech;maciek maciej;mirek miroslaw miroslav;piotrek piotr;przemek przemyslaw;radek radoslaw radoslav;
slawek slawomir;tadek tadeusz;madzia magdalena;marysia maria;danka danuta;hania hanna;renia renata;wiesiek wieslaw;pepa josef;
franta frantisek;tonda antonin;vasek vaclav;venca vaclav;lada ladislav;mira miroslav;ota otakar;vojta vojtech;katka katerina;
jarka jaroslava;bara barbora;hanka hana;misa michaela michal;verca veronika;zuzka zuzana;lucka lucie;pisti istvan;feri ferenc;
jozsi jozsef;karcsi karoly;kati katalin;zsuzsa zsuzsanna;zsuzsi zsuzsanna;bori borbala;ildi ildiko;timi timea;andris andras;
bandi andras;jani janos;jancsi janos;gyuri gyorgy;sanyi sandor;tibi tibor;misi mihaly;miki miklos;peti peter;tomi tamas;imi imre;
panni anna;teri terez;kriszti krisztina;orsi orsolya;lyosha alexey aleksei aleksey alexei;alyosha alexey aleksei;lesha alexey aleksei;
tolya anatoly anatolii;vitya viktor victor;vitalik vitaly vitalii;fedya fedor fyodor;gosha georgy georgii;grisha grigory grigorii;
pasha pavel pavlo;roma roman;senya semyon semen;tyoma artyom artem;tema artem;vasya vasily vasyl;yura yuri yurii;dasha daria darya;
galya galina halyna;ksusha ksenia kseniya;lara larisa larissa;lida lidia lidiya;lyuba lyubov liubov;olya olga olha;polya polina;
toma tamara;zina zinaida;alyona elena alena;abdel abdelkader abdelrahman abdelaziz;abdo abdallah abdelrahman;momo mohamed;
dudi david;kobi yaakov;moti mordechai;nati natan;tzvika tzvi;yoni yonatan;beni binyamin;ruti ruth;
vicki victoria;trudi gertrud;gerti gertrud gertraud;traudl gertraud;hilda hildegard;lotti charlotte;mausi marianne;nanni anna;
jussi juha johannes;pekka petri;vova vladimir volodymyr;zhenia evgeny yevhen;tosia antonina;gela angelika;lenka magdalena helena)";

// Common given names that must not pass for each other's typing errors.
inline constexpr const char* kOthers = R"(
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

} // namespace calfleet::matching
