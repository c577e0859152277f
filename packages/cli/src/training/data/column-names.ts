// What columns are usually called.

const labels = [
  ...['label', 'class', 'target', 'category', 'sentiment', 'y', 'polarity', 'tag', 'labels', 'classes', 'categories'],
  ...[
    'species',
    'emotion',
    'topic',
    'intent',
    'mood',
    'genre',
    'diagnosis',
    'outcome',
    'spam',
    'stars',
    'rating',
    'score',
  ],
  ...[
    '标签',
    '类别',
    '分类',
    '情感',
    '标注',
    '類別',
    '標籤',
    'ラベル',
    'カテゴリ',
    '感情',
    '라벨',
    '레이블',
    '분류',
    '감정',
  ],
  ...['etiqueta', 'clase', 'categoría', 'étiquette', 'classe', 'catégorie', 'klasse', 'kategorie', 'метка', 'класс'],
]

const texts = [
  ...['text', 'sentence', 'review', 'content', 'phrase', 'comment', 'tweet', 'message', 'document', 'description'],
  ...['utterance', 'question', 'query', 'post', 'sms', 'body', 'headline', 'texts', 'title'],
  ...[
    '文本',
    '内容',
    '评论',
    '句子',
    '文章',
    '評論',
    '內容',
    'テキスト',
    '本文',
    'レビュー',
    '文',
    '문장',
    '텍스트',
    '리뷰',
  ],
  ...['texto', 'texte', 'frase', 'phrase', 'avis', 'satz', 'kommentar', 'текст', 'отзыв'],
]

const files = [
  ...[
    'file',
    'filename',
    'path',
    'image',
    'picture',
    'filepath',
    'imagepath',
    'img',
    'photo',
    'imagefile',
    'imagename',
  ],
  ...['图片', '文件', '文件名', '画像', 'ファイル'],
]

/** Words behind the one that counts: `class_index`, `label_name`, `review_text`. */
const after = ['index', 'id', 'name', 'code', 'number', 'no', 'num', 'text', 'body', 'title', 'content']

const rows = /^(id|ids|index|idx|no|nr|number|row|rowid|unnamed.*|.*[_ -]id|.*Id|uuid|guid|编号|序号|番号)$/
const others = /(^|[_ -])(date|time|timestamp|url|link|user|username|author|source|created|updated)([_ -]|$)/i

/** `airlineSentiment`, `airline_sentiment` and `Airline Sentiment` as the same words. */
const wordsOf = (name: string): string[] =>
  name
    .normalize('NFC')
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .filter((word) => word !== '')

/** How well a name is one of a kind: 0 the best, infinite where it is none. */
function rank(name: string, known: readonly string[]): number {
  const words = wordsOf(name)
  const whole = known.indexOf(words.join(''))
  if (whole >= 0) return whole
  const last = words.findLastIndex(
    (word, at) => known.includes(word) && words.slice(at + 1).every((w) => after.includes(w)),
  )
  return last < 0 ? Number.POSITIVE_INFINITY : 1000 * words.length + known.indexOf(words[last])
}

export const labelRank = (name: string): number => rank(name, labels)
export const textRank = (name: string): number =>
  labelRank(name) < 1000 ? Number.POSITIVE_INFINITY : rank(name, texts)
export const fileRank = (name: string): number => rank(name, files)

/** Whether a column of this name numbers the rows: no value to learn from. */
export const numbersRows = (name: string): boolean => rows.test(name.trim()) || rows.test(name.trim().toLowerCase())

/** Whether a column of this name says where a row is from rather than what it is. */
export const isAside = (name: string): boolean => numbersRows(name) || others.test(name)
