// Folders that are not understood: the nearest layout, and what to move.

import { describe, expect, it } from 'vitest'
import { folderWith, pngOf } from '../../../test/data-files.ts'
import { kindOf } from '../../dataset/inspect/detect.ts'
import { openData } from '../open-data.ts'
import { placeOf } from './place.ts'

const picture = await pngOf({ shape: [8, 8, 1], data: new Uint8Array(64).fill(9) })

const xml =
  '<annotation><object><name>a</name><bndbox><xmin>2</xmin><ymin>2</ymin><xmax>7</xmax><ymax>7</ymax></bndbox></object></annotation>'

const lay = (...names: readonly string[]) =>
  folderWith(
    Object.fromEntries(
      names.flatMap((name) =>
        [1, 2, 3].map((i) => [
          name.replace('#', String(i)),
          /png$|jpg$/.test(name) ? picture : /xml$/.test(name) ? xml : '0 0.5 0.5 0.5 0.5\n',
        ]),
      ),
    ),
  )

const said = (promise: Promise<unknown>): Promise<string> => promise.then(String, (error: Error) => error.message)

const whole = { validation: 0, test: 0 } as const

describe('a folder that is not understood', () => {
  it.each([
    [
      ['images/#.png', 'xmls/#.xml'],
      'labelimg: 3 XML files in xmls/ are named like pictures in images/. Rename xmls/ to annotations/.',
    ],
    [
      ['#.png', 'boxes/#.xml'],
      'labelimg: 3 XML files in boxes/ are named like pictures in the top. Move the pictures into images/, and rename boxes/ to annotations/.',
    ],
    [
      ['images/#.png', 'darknet/#.txt'],
      'yolo: 3 text files in darknet/ hold boxes and are named like pictures in images/. Rename darknet/ to labels/.',
    ],
    [
      ['photos/#.png', 'labels/#.txt'],
      'yolo: 3 text files in labels/ hold boxes and are named like pictures in photos/. Rename photos/ to images/.',
    ],
    [
      ['a/photos/#.png', 'a/boxes/#.txt'],
      'yolo: 3 text files in a/boxes/ hold boxes and are named like pictures in a/photos/. Rename a/photos/ to a/images/, and rename a/boxes/ to a/labels/.',
    ],
  ])('with boxes gets the layout that comes nearest, and what to rename: %j', async (names, advice) => {
    const root = await lay(...names)
    const told = `The nearest layout is ${advice} convoke data layouts lists all known ones.`
    expect(await said(openData('detect', root, whole))).toBe(`${root}: there are no boxes in a known layout. ${told}`)
    expect(await said(kindOf(await placeOf(root)))).toBe(`${root}: it is not clear what this data is for. ${told}`)
  })
  it('is understood once that is done', async () => {
    for (const names of [
      ['images/#.png', 'annotations/#.xml'],
      ['images/#.png', 'labels/#.txt'],
      ['a/images/#.png', 'a/labels/#.txt'],
    ])
      expect((await openData('detect', await lay(...names), whole)).train.length).toBe(3)
  })
  it('with XML files alone is told that pictures are missing', async () => {
    const root = await lay('x/#.xml')
    expect(await said(kindOf(await placeOf(root)))).toMatch(
      /There are 3 XML files, such as x\/1\.xml, and no pictures\. Put the pictures into images\//,
    )
  })
  it('with masks under another name gets the folders that they belong into', async () => {
    const root = await lay('photos/#.jpg', 'outlines/#.png')
    expect(await said(openData('segment', root, whole))).toMatch(
      /The nearest layout is masks: 3 PNG files in outlines\/ are named like pictures in photos\/\. Where those are their masks: rename photos\/ to images\/, and rename outlines\/ to masks\/\./,
    )
  })
  it.each([['#.png'], ['images/#.png']])(
    'with pictures alone in %s is told the ways to say their class',
    async (names) => {
      const root = await lay(names)
      const told =
        /3 pictures lie in (the top|images\/), and nothing says their class\. Move each into a folder named after its class \(cat\/1\.png\), name it after its class \(cat\.1\.png\), or add a table labels\.csv/
      expect(await said(openData('classify', root, whole))).toMatch(told)
      expect(await said(kindOf(await placeOf(root)))).toMatch(told)
    },
  )
})
