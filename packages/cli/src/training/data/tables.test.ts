// Tables in the forms in which well-known data sets are published.

import type { data } from 'convoke'
import { describe, expect, it } from 'vitest'
import { folderWith } from '../../../test/data-files.ts'
import { mood, rows, sentence } from '../../../test/reviews.ts'
import { type Opened, type OpenOptions, openData } from '../open-data.ts'

const whole = { validation: 0, test: 0 } as const

const texts = async (files: Readonly<Record<string, string>>, options: OpenOptions = whole) =>
  openData('text', await folderWith(files), options)
const series = async (files: Readonly<Record<string, string>>, options: OpenOptions = whole) =>
  openData('sequence', await folderWith(files), options)

const counts = (opened: Opened<{ readonly label: number }> | Opened<data.SequencePair>): Record<string, number> => {
  const set = opened.train as data.Dataset<object>
  const all = Array.from({ length: set.length }, (_, i) => opened.classes[set.labelOf!(i)])
  return Object.fromEntries(opened.classes.map((name) => [name, all.filter((own) => own === name).length]))
}
const textAt = async ({ train }: Opened<data.LabelledText>, index: number) => (await train.get(index)).text

describe('tables of texts as they are published', () => {
  it('AG News: no header, a class, a title and a description, all quoted', async () => {
    const opened = await texts({
      'train.csv': rows(24, (i) => `"${(i % 4) + 1}","Title ${i}","${sentence(i)}, it ""was"" said"`).join('\n'),
    })
    expect(counts(opened)).toEqual({ 1: 6, 2: 6, 3: 6, 4: 6 })
    expect(await textAt(opened, 0)).toBe('a fine film with a fine end 0, it "was" said')
    expect(opened.notes).toEqual([
      expect.stringMatching(
        /column 1 \(1, 2, 3, …\) for the label, column 3 for the text.*--label-column, --text-column/,
      ),
    ])
  })
  it('AG News with a header: Class Index, Title, Description', async () => {
    const opened = await texts({
      'a.csv': ['Class Index,Title,Description', ...rows(12, (i) => `${(i % 3) + 1},Title,${sentence(i)}`)].join('\n'),
    })
    expect(counts(opened)).toEqual({ 1: 4, 2: 4, 3: 4 })
    expect([opened.notes, await textAt(opened, 3)]).toEqual([[], sentence(3)])
  })
  it('Yelp polarity: no header, "1","text" with line breaks', async () => {
    const opened = await texts({
      'train.csv': rows(10, (i) => `"${(i % 2) + 1}","${sentence(i)}\nand more"`).join('\n'),
    })
    expect(counts(opened)).toEqual({ 1: 5, 2: 5 })
  })
  it('SST-2: sentence and label by tabs, quotation marks in the texts, a test without labels', async () => {
    const opened = await texts({
      'train.tsv': ['sentence\tlabel', ...rows(10, (i) => `"${sentence(i)}\t${i % 2}`)].join('\n'),
      'dev.tsv': 'sentence\tlabel\na fair one\t1\na poor one\t0\n',
      'test.tsv': 'index\tsentence\n0\tunknown one\n1\tunknown two\n',
    })
    expect([counts(opened), opened.validation?.length, opened.test]).toEqual([{ 0: 5, 1: 5 }, 2, null])
    expect(await textAt(opened, 0)).toBe(`"${sentence(0)}`)
    expect([opened.problems, opened.notes]).toEqual([
      [],
      [expect.stringMatching(/^test\.tsv: it has no column label, .* left out\.$/)],
    ])
  })
  it('IMDB: review, sentiment; sorted by class', async () => {
    const opened = await texts({
      'IMDB.csv': [
        'review,sentiment',
        ...rows(20, (i) => `"${sentence(i)}<br />, yes",${i < 10 ? 'negative' : 'positive'}`),
      ].join('\r\n'),
    })
    expect(counts(opened)).toEqual({ negative: 10, positive: 10 })
  })
  it('SMS spam: ham or spam, a tab, a text that may begin with a quotation mark', async () => {
    const opened = await texts({
      'sms.tsv': rows(12, (i) => `${i % 3 ? 'ham' : 'spam'}\t${i === 4 ? '"' : ''}${sentence(i)}, ok; ok`).join('\n'),
    })
    expect([counts(opened), opened.problems]).toEqual([{ ham: 8, spam: 4 }, []])
  })
  it('SMS spam from Kaggle: v1, v2 and three empty columns, in Windows-1252', async () => {
    const opened = await texts({
      'spam.csv': ['v1,v2,,,', ...rows(12, (i) => `${i % 3 ? 'ham' : 'spam'},"${sentence(i)}",,,`)].join('\r\n'),
    })
    expect([counts(opened), opened.problems]).toEqual([{ ham: 8, spam: 4 }, []])
    expect(opened.notes?.join()).toMatch(/the first row is taken as the names of the columns/)
  })
  it('Kaggle: train.csv, test.csv without labels, sample_submission.csv', async () => {
    const opened = await texts({
      'train.csv': ['id,text,target', ...rows(20, (i) => `${i},${sentence(i)},${i % 2}`)].join('\n'),
      'test.csv': ['id,text', ...rows(6, (i) => `${i},unseen ${i}`)].join('\n'),
      'sample_submission.csv': ['id,target', ...rows(6, (i) => `${i},0`)].join('\n'),
    })
    expect([counts(opened), opened.test, opened.problems]).toEqual([{ 0: 10, 1: 10 }, null, []])
    expect(opened.notes).toHaveLength(2)
  })
  it('tweets: ids, confidences, dates and links beside airline_sentiment and text', async () => {
    const head = 'tweet_id,airline_sentiment,airline_sentiment_confidence,airline,name,text,tweet_created,url'
    const opened = await texts({
      'Tweets.csv': [
        head,
        ...rows(
          20,
          (i) =>
            `57030${i},${mood(i)},0.${i % 3},United,who,"@united ${sentence(i)}, really",2015-02-24,http://t.co/a-very-long-address/that-is-longer-than-the-text/${i}-${'x'.repeat(90)}`,
        ),
      ].join('\n'),
    })
    expect([counts(opened), opened.notes]).toEqual([{ neg: 10, pos: 10 }, []])
    expect(await textAt(opened, 1)).toBe(`@united ${sentence(1)}, really`)
  })
  it('Sentiment140: no header, a class, an id, a date, a constant, a user, a text', async () => {
    const opened = await texts({
      'a.csv': rows(
        20,
        (i) =>
          `"${i % 2 ? 4 : 0}","14678${i}","Mon Apr 06 22:19:${10 + i} PDT 2009","NO_QUERY","user${i}","${sentence(i)}, and so on and on and on"`,
      ).join('\n'),
    })
    expect(counts(opened)).toEqual({ 0: 10, 4: 10 })
  })
  it('in Chinese, with Chinese names of columns, from Excel with semicolons', async () => {
    const opened = await texts({
      'a.csv': `\ufeff标签;评论\r\n${rows(10, (i) => `${i % 2 ? '好' : '差'};这部电影，第${i}次看`).join('\r\n')}`,
    })
    expect([counts(opened), opened.notes]).toEqual([{ 好: 5, 差: 5 }, []])
  })
  it('whose labels a program wrote as 0.0 and 1.0', async () => {
    expect(
      counts(await texts({ 'a.csv': ['text,label', ...rows(10, (i) => `${sentence(i)},${i % 2}.0`)].join('\n') })),
    ).toEqual({ 0: 5, 1: 5 })
  })
})

describe('columns without usual names', () => {
  it('a column of one value, of ids and of dates is never the label', async () => {
    const opened = await texts({
      'a.csv': rows(20, (i) => `web,${1000 + i},${i % 2 ? 'glad' : 'sad'},2020-01-${10 + i},${sentence(i)}`).join('\n'),
    })
    expect(counts(opened)).toEqual({ glad: 10, sad: 10 })
  })
  it('a header in other words is taken for one, and said to be guessed', async () => {
    const opened = await texts({
      'a.csv': ['Meinung,Urteil', ...rows(12, (i) => `${sentence(i)},${i % 2 ? 'gut' : 'schlecht'}`)].join('\n'),
    })
    expect(counts(opened)).toEqual({ gut: 6, schlecht: 6 })
    expect(opened.notes).toEqual([
      expect.stringMatching(/first row is taken as the names of the columns \(Meinung, Urteil\)/),
      expect.stringMatching(/column Urteil \(schlecht, gut\) for the label, column Meinung for the text/),
    ])
  })
  it('a first row of data is no header, even where it is a short text about a film review', async () => {
    const opened = await texts({
      'a.csv': ['pos,great review', ...rows(11, (i) => `${mood(i)},${sentence(i)}`)].join('\n'),
    })
    expect(counts(opened)).toEqual({ neg: 6, pos: 6 })
    const letters = await texts({ 'a.csv': rows(12, (i) => `${i % 2 ? 'n' : 'y'},${sentence(i)}`).join('\n') })
    expect(counts(letters)).toEqual({ n: 6, y: 6 })
  })
  it('two that could be the label are both named', async () => {
    const opened = await texts({
      'a.csv': rows(20, (i) => `${i % 2 ? 'web' : 'app'},${i % 4 < 2 ? 'glad' : 'sad'},${sentence(i)}`).join('\n'),
    })
    expect(opened.notes?.join()).toMatch(
      /column 1 \(app, web\) for the label.*The label could be column 2 as well.*--label-column/,
    )
    const asked = await texts(
      { 'a.csv': rows(20, (i) => `${i % 2 ? 'web' : 'app'},${i % 4 < 2 ? 'glad' : 'sad'},${sentence(i)}`).join('\n') },
      { ...whole, labelColumn: '2', textColumn: '3' },
    )
    expect([counts(asked), asked.notes]).toEqual([{ glad: 10, sad: 10 }, []])
  })
  it('below titles and comments, which are named and ignored', async () => {
    const rows = Array.from({ length: 12 }, (_, i) => `${i % 2 ? 'pos' : 'neg'},film ${i} of the year\n`).join('')
    for (const above of ['# made by a tool\n', 'Survey 2024\n\n# all of it\n']) {
      const root = await folderWith({ 'a.csv': `${above}label,text\n${rows}` })
      const { train, classes, problems, notes } = await openData('text', root, { validation: 0, test: 0 })
      expect([train.length, classes, problems]).toEqual([12, ['neg', 'pos'], []])
      expect(notes!.join('\n')).toMatch(/a\.csv, line 1: “(# made by a tool|Survey 2024)” is above the table/)
      expect(notes).toHaveLength(above.split(/\n+/).length - 1)
    }
  })

  it('with nothing below the names of its columns says so', async () => {
    const opening = openData('text', await folderWith({ 'a.csv': 'label,text\n' }), { validation: 0, test: 0 })
    await expect(opening).rejects.toThrow('a.csv: there are no rows below the names of the columns (label, text).')
  })

  it('a table without a label is refused with the option', async () => {
    const file = ['id,text', ...rows(12, (i) => `${i},${sentence(i)}`)].join('\n')
    await expect(texts({ 'test.csv': file })).rejects.toThrow(
      /test\.csv: no column can be taken as the label.*--label-column\. The columns are id, text/,
    )
  })
})

describe('rows that do not fit', () => {
  it('are told with their lines, and no class comes of them', async () => {
    const opened = await texts({
      'a.csv': [
        'text,label',
        ...rows(10, (i) => `${sentence(i)},${mood(i)}`),
        'one, as they say,pos',
        '"two\nlines",neg',
        'alone',
        'three,',
      ].join('\n'),
    })
    expect(counts(opened)).toEqual({ neg: 6, pos: 5 })
    expect(opened.problems).toEqual([
      'a.csv, line 12: the row has 3 fields; 2 are expected.',
      'a.csv, line 15: the row has 1 field; 2 are expected.',
      'a.csv, line 16: the label is missing.',
    ])
  })
  it('that are all there is end the opening with every problem in the error', async () => {
    const refused = texts({ 'a.csv': ['label,text', ...rows(5, (i) => `pos,${i},x`)].join('\n') })
    await expect(refused).rejects.toThrow(/no text can be used.*line 2: the row has 3 fields; 2 are expected/)
    await expect(refused).rejects.toHaveProperty('problems.length', 5)
  })
})

describe('texts that occur again', () => {
  const many = ['label,text', ...rows(40, (i) => `${mood(i >> 1)},${sentence(i >> 1)}`)].join('\n')
  it('stay in one part where the data is split', async () => {
    const opened = await texts({ 'a.csv': many }, {})
    const all = async (set: data.Dataset<data.LabelledText> | null) =>
      new Set(await Promise.all(Array.from({ length: set!.length }, async (_, i) => (await set!.get(i)).text)))
    const [train, validation, test] = [await all(opened.train), await all(opened.validation), await all(opened.test)]
    expect([opened.train.length, opened.validation?.length, opened.test?.length]).toEqual([32, 4, 4])
    expect([...validation, ...test].filter((text) => train.has(text))).toEqual([])
    expect(opened.shared).toBeUndefined()
  })
  it('in several parts of the data itself are counted, with an example', async () => {
    const opened = await texts({
      'train.csv': many,
      'test.csv': `label,text\nneg,A  ＦＩＮＥ fi\u00adlm\u200b with a fine end 0\npos,${sentence(1)}\npos,new one\n`,
    })
    expect(opened.warnings).toEqual([expect.stringMatching(/^2 texts are in train and test, so .*: “A {2}ＦＩＮＥ/)])
  })
  it('under two labels are told', async () => {
    const opened = await texts({ 'a.csv': `${many}\nneg,${sentence(1)}` })
    expect(opened.warnings).toEqual([`one text has two labels: “${sentence(1)}” is pos and neg.`])
  })
})

describe('series as they are published', () => {
  const wave = (i: number, sign = ','): string =>
    rows(8, (t) => Math.sin(t * (1 + (i % 2)) + i / 7).toExponential(7)).join(sign)
  it.each([
    ['tabs', '\t', ''],
    ['commas', ',', ''],
    ['runs of spaces', '   ', '  '],
  ])('UCR: the class first, as 2.0000000e+00, between %s', async (_, sign, start) => {
    const file = (count: number) =>
      rows(count, (i) => `${start}${((i % 2) + 1).toExponential(7)}${sign}${wave(i, sign)}`).join('\n')
    const opened = await series({ 'ECG200_TRAIN.txt': file(20), 'ECG200_TEST.txt': file(6) })
    expect([counts(opened), opened.test?.length, opened.sequence?.length, opened.problems]).toEqual([
      { 1: 10, 2: 10 },
      6,
      8,
      [],
    ])
  })
  it('UCR: classes −1 and 1', async () => {
    expect(
      counts(await series({ 'a.tsv': rows(10, (i) => `${i % 2 ? 1 : -1}\t${wave(i, '\t')}`).join('\n') })),
    ).toEqual({ '-1': 5, 1: 5 })
  })
  it('heartbeats: the class last, as 0.000000000000000000e+00', async () => {
    const row = (i: number) => `1.000000000000000000e+00,${wave(i)},${(i % 5).toExponential(18)}`
    const opened = await series({
      'mitbih_train.csv': rows(20, row).join('\n'),
      'mitbih_test.csv': rows(5, row).join('\n'),
    })
    expect([counts(opened), opened.sequence?.length]).toEqual([{ 0: 4, 1: 4, 2: 4, 3: 4, 4: 4 }, 9])
  })
  it('iris: names at the end, with or without a header and a number for each row', async () => {
    const flower = (i: number) =>
      `${5 + (i % 7) / 10},${3 + (i % 5) / 10},1.4,0.2,Iris-${['setosa', 'virginica'][i % 2]}`
    const bare = await series({ 'iris.csv': rows(20, flower).join('\n') })
    expect(counts(bare)).toEqual({ 'Iris-setosa': 10, 'Iris-virginica': 10 })
    const full = await series({
      'Iris.csv': [
        'Id,SepalLengthCm,SepalWidthCm,PetalLengthCm,PetalWidthCm,Species',
        ...rows(20, (i) => `${i + 1},${flower(i)}`),
      ].join('\n'),
    })
    expect([counts(full), full.sequence?.length]).toEqual([{ 'Iris-setosa': 10, 'Iris-virginica': 10 }, 4])
    expect(full.notes).toEqual(['Iris.csv: column Id numbers the rows and is left out.'])
  })
  it('a test without classes, and an example of answers, are left out with a word', async () => {
    const opened = await series({
      'train.csv': ['a,b,c,label', ...rows(10, (i) => `${i}.5,2.5,3.5,${mood(i)}`)].join('\n'),
      'test.csv': ['a,b,c', ...rows(4, (i) => `${i}.5,2.5,3.5`)].join('\n'),
      'sampleSubmission.csv': 'id,label\n1,neg\n2,neg\n',
    })
    expect([counts(opened), opened.test, opened.notes?.length]).toEqual([{ neg: 5, pos: 5 }, null, 2])
  })
  it('have decimal commas where semicolons, tabs or spaces part the numbers', async () => {
    const line = (i: number): string => `${i % 2};${i},5;-0,25;1.000,5`
    for (const delimiter of [';', '\t', ' ']) {
      const opened = await series({ 'a.txt': rows(8, line).join('\n').replaceAll(';', delimiter) })
      expect(Array.from((await opened.train.get(3)).input.data)).toEqual([3.5, -0.25, 1000.5])
      expect([counts(opened), opened.problems]).toEqual([{ 0: 4, 1: 4 }, []])
      expect(opened.notes).toEqual(['a.txt: the comma is taken as the decimal separator, as in 0,5.'])
    }
  })
  it('are refused where a comma may be decimal or part thousands', async () => {
    await expect(series({ 'a.csv': rows(8, (i) => `${i % 2};1,23${i};2,500`).join('\n') })).rejects.toThrow(
      'a.csv: 1,230 may have a decimal comma, or a comma between thousands. Write a point for the one and nothing for the other.',
    )
  })
  it('whose class has an unusual name say that it is a guess', async () => {
    const file = `${Array.from({ length: 6 }, (_, i) => `t${i}`).join()},Ergebnis\n${rows(12, (i) => `${[1, 2, 3, 4, 5, 6].map((k) => Math.sin(i * k).toFixed(4))},${i % 2}`).join('\n')}`
    const { classes, notes } = await series({ 'a.csv': file })
    expect(classes).toEqual(['0', '1'])
    expect(notes!.join()).toMatch(/a\.csv: column Ergebnis is taken as the label, with 2 values/)
  })

  it('with two columns that could be the class say so', async () => {
    const opened = await series({ 'a.csv': rows(20, (i) => `${i % 2},${wave(i)},${i % 4}`).join('\n') })
    expect(opened.notes).toEqual([
      expect.stringMatching(
        /the first column is taken as the label, with 2 values; the last column is also possible, with 4/,
      ),
    ])
    expect(
      counts(
        await series(
          { 'a.csv': rows(20, (i) => `${i % 2},${wave(i)},${i % 4}`).join('\n') },
          { ...whole, labelColumn: '10' },
        ),
      ),
    ).toEqual({ 0: 5, 1: 5, 2: 5, 3: 5 })
  })
  it('with no column that could be the class are refused with the option', async () => {
    await expect(series({ 'a.csv': rows(20, (i) => `${i / 7},${i},${i / 3}`).join('\n') })).rejects.toThrow(
      /neither the first nor the last column.*--label-column/,
    )
    const regression = ['x,y,target', ...rows(20, (i) => `${i % 2},1.5,${i / 3}`)].join('\n')
    await expect(series({ 'a.csv': regression })).rejects.toThrow(/target has 20 different values in 20 rows/)
  })
})

describe('tables for pictures as they are published', () => {
  const pixels = (i: number) => rows(9, (p) => String((i * p * 7) % 256)).join()
  it('digits from Kaggle: a label and pixels; a test without labels, an example of answers', async () => {
    const names = rows(9, (p) => `pixel${p}`).join()
    const root = await folderWith({
      'train.csv': [`label,${names}`, ...rows(20, (i) => `${i % 4},${pixels(i)}`)].join('\n'),
      'test.csv': [names, ...rows(6, pixels)].join('\n'),
      'sample_submission.csv': ['ImageId,Label', ...rows(6, (i) => `${i},0`)].join('\n'),
    })
    const opened = await openData('classify', root, whole)
    expect([opened.train.length, opened.classes, opened.test]).toEqual([20, ['0', '1', '2', '3'], null])
    expect(opened.notes).toEqual([
      expect.stringMatching(/^sample_submission\.csv: .*left out\.$/),
      expect.stringMatching(/^test\.csv: it has no column label, .*left out\.$/),
    ])
  })
  it('MNIST as a table: the label first, borders that are always 0', async () => {
    const row = (i: number) => `${i % 5},0,${rows(7, (p) => String((i * p) % 256)).join()},0`
    const root = await folderWith({
      'mnist_train.csv': rows(20, row).join('\n'),
      'mnist_test.csv': rows(5, row).join('\n'),
    })
    const opened = await openData('classify', root, whole)
    expect([opened.train.length, opened.test?.length, opened.classes.length]).toEqual([20, 5, 5])
  })
})

describe('encodings', () => {
  const gbk = (text: string): Uint8Array => {
    // Row and cell of GB 2312, as the decoder knows them.
    const decoder = new TextDecoder('gbk')
    const codes = new Map<string, readonly number[]>()
    for (let a = 0xa1; a < 0xf8; a++)
      for (let b = 0xa1; b < 0xff; b++) codes.set(decoder.decode(Uint8Array.of(a, b)), [a, b])
    return Uint8Array.from([...text].flatMap((sign) => codes.get(sign) ?? [sign.charCodeAt(0)]))
  }
  const reviews = [
    'label,text',
    ...rows(12, (i) => `${mood(i)},这部电影${i % 2 ? '很好看，我喜欢' : '不好看，我不想再看'}了${i}`),
  ].join('\n')
  it('GBK is read where it is sure, and by name', async () => {
    const root = await folderWith({ 'a.csv': gbk(reviews) })
    for (const encoding of [undefined, 'gbk', 'gb18030'])
      expect(await textAt(await openData('text', root, { ...whole, encoding }), 1)).toBe('这部电影很好看，我喜欢了1')
  })
  it('that are neither are refused with file and line', async () => {
    const root = await folderWith({ 'a.csv': Buffer.from(reviews.replaceAll(/\p{Script=Han}|，/gu, 'é'), 'latin1') })
    await expect(openData('text', root, whole)).rejects.toThrow(
      /a\.csv, line 2: the text is not valid UTF-8.*--encoding/,
    )
    expect(await textAt(await openData('text', root, { ...whole, encoding: 'latin1' }), 1)).toMatch(/^é+1$/)
  })
})
