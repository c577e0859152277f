// The most frequent characters of Chinese and Korean texts: two thirds of a modern Chinese text are among these three
// hundred, simplified or traditional (J. Da, Modern Chinese Character Frequency List, 2004), half of a Korean one among the
// syllables below. Bytes that are read in a wrong encoding give one of them in ten at most.

const simplified =
  '的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运'

const traditional =
  '這個們來為國說時會對於著過發後裡種經麼學現當沒動還進樣開從實軍無與長機關點業將兩間問並應戰頭體產話內給門兒東聲員論處義幾認條氣題爾別變總電數報結務場計資許統區隊決馬書則聽卻達強難權設記類據邊張該規萬覺術領確傳師觀讓識帶導爭運'

export const commonHan: ReadonlySet<string> = new Set(simplified + traditional)

export const commonHangul: ReadonlySet<string> = new Set(
  '이다는가을의에고하지은를도로한나자시기사어리아인들서수대있해그일정제우만으부상전보주것않없좋여게면네요니습까안연영화재미음감동과라장거던었았데내너무진짜들말저더모두와며된되할년',
)
