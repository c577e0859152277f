import { describe, expect, it } from 'vitest'
import { parseDelimited } from '../../formats/index.ts'
import * as data from '../index.ts'

/** A "picture" of 64×48 pixels, whatever its bytes. */
const decode: data.DecodePicture = async () => ({ shape: [48, 64, 1], data: new Uint8Array(64 * 48) })

async function read(csv: string, pictures: readonly string[], strict = false): Promise<data.LoadedBoxes> {
  const source = data.memorySource('d', Object.fromEntries(pictures.map((path) => [path, new Uint8Array(1)])))
  return data.boxTableDataset(source, decode, { file: 'b.csv', rows: parseDelimited('b.csv', csv, ','), strict })
}

describe('a table of boxes', () => {
  it('holds several for a picture, in columns of any order', async () => {
    const { dataset, boxes, problems } = await read(
      'filename,width,height,class,xmin,ymin,xmax,ymax\n1.png,64,48,dog,10,20,30,40\n1.png,64,48,cat,0,0,64,48\n2.png,64,48,cat,1,2,4,8\n',
      ['1.png', '2.png'],
    )
    expect([dataset.classes, dataset.length, boxes, problems]).toEqual([['cat', 'dog'], 2, 3, []])
    expect((await dataset.get(0)).boxes).toEqual([
      { x: 20, y: 30, width: 20, height: 20, label: 1 },
      { x: 32, y: 24, width: 64, height: 48, label: 0 },
    ])
    expect((await dataset.get(1)).boxes).toEqual([{ x: 2.5, y: 5, width: 3, height: 6, label: 0 }])
    const turned = await read('YMax,X_Min,label,XMax,Y Min,image_id\n8,1,cat,4,2,a/2.png\n', ['a/2.png'])
    expect((await turned.dataset.get(0)).boxes).toEqual([{ x: 2.5, y: 5, width: 3, height: 6, label: 0 }])
  })

  it.each([
    ['x,y,w,h', '1,2,3,6', '30,20,10,10'],
    ['x,y,width,height', '1,2,3,6', '30,20,10,10'],
    ['xmin,ymin,width,height', '1,2,3,6', '30,20,10,10'],
    ['left,top,width,height', '1,2,3,6', '30,20,10,10'],
    ['bbox_x,bbox_y,bbox_width,bbox_height', '1,2,3,6', '30,20,10,10'],
    ['bbox', '"[1.0, 2.0, 3.0, 6.0]"', '"[30, 20, 10, 10]"'],
    ['bounding box', '1 2 3 6', '(30 20 10 10)'],
    ['width,height,bbox', '64,48,"[1, 2, 3, 6]"', '64,48,"30,20,10,10"'],
  ])('has the sides of boxes in %s', async (columns, first, second) => {
    const csv = `image_id,${columns},class\n1.png,${first},cat\n1.png,${second},cat\n`
    const { dataset, boxes, problems, notes } = await read(csv, ['1.png'])
    expect([boxes, problems]).toEqual([2, []])
    expect(notes).toEqual([
      'b.csv: boxes are read as left, top, width and height in pixels, as COCO has them, not from their centres.',
    ])
    expect((await dataset.get(0)).boxes).toEqual([
      { x: 2.5, y: 5, width: 3, height: 6, label: 0 },
      { x: 35, y: 25, width: 10, height: 10, label: 0 },
    ])
  })

  it('takes edges before sides, suspects corners in place of sides, and names boxes that are none', async () => {
    const edges = await read('file,width,height,x1,y1,x2,y2\n1.png,64,48,1,2,4,8\n', ['1.png'])
    expect((await edges.dataset.get(0)).boxes).toEqual([{ x: 2.5, y: 5, width: 3, height: 6, label: 0 }])
    const rows = Array.from({ length: 12 }, (_, i) => `1.png,"[${40 + i}, 30, ${50 + i}, 45]",cat`)
    const { problems } = await read(`file,bbox,class\n${rows.join('\n')}\n`, ['1.png'])
    expect(problems.some((problem) => /as \[left, top, right, bottom\] none would/.test(problem))).toBe(true)
    const faulty = await read('file,bbox,class\n1.png,"[1, 2, 3]",cat\n1.png,,\n1.png,"[1, 2, 3, 6]",cat\n', ['1.png'])
    expect(faulty.problems).toEqual(['b.csv, line 2: "[1, 2, 3]" is not a box of four numbers. The row is left out.'])
    expect(faulty.boxes).toBe(1)
  })

  it('is of one class where no column says it, which is said', async () => {
    const { dataset, notes } = await read('image,x1,y1,x2,y2\n1.png,1,2,4,8\n', ['1.png'])
    expect(dataset.classes).toEqual(['object'])
    expect(notes).toEqual(['b.csv: no column has the class; all boxes get one class, object.'])
  })

  it.each(['difficult', 'iscrowd', 'IsGroupOf', 'ignore'])(
    'has boxes to be ignored where a column %s says so',
    async (mark) => {
      const csv = `filename,class,xmin,ymin,xmax,ymax,${mark}\n1.png,cat,1,2,4,8,0\n1.png,dog,1,2,4,8,1\n1.png,ant,1,2,4,8,yes\n1.png,bee,1,2,4,8,\n`
      const { dataset, boxes, ignored } = await read(csv, ['1.png'])
      expect([boxes, ignored]).toEqual([2, 2])
      expect((await dataset.get(0)).boxes.map(({ ignore }) => ignore ?? false)).toEqual([false, true, true, false])
    },
  )

  it('has rows without numbers for pictures without boxes', async () => {
    const { dataset, problems } = await read('filename,class,xmin,ymin,xmax,ymax\n1.png,,,,,\n2.png,cat,1,2,4,8\n', [
      '1.png',
      '2.png',
    ])
    expect(problems).toEqual([])
    expect([(await dataset.get(0)).boxes.length, (await dataset.get(1)).boxes.length]).toEqual([0, 1])
  })

  it('names each row that is left out', async () => {
    const csv = [
      'filename,class,xmin,ymin,xmax,ymax',
      ...['1.png,cat,1,2,4,8', '1.png,cat,1,2,4,8', '1.png,,1,2,4,8', '1.png,cat,1,two,4,8', ',cat,1,2,4,8'],
      ...['1.png,cat,1,2,4', '3.png,cat,1,2,4,8', '1.png,cat,40,2,30,8', '1.png,cat,60,2,70,8'],
    ].join('\n')
    const { boxes, problems } = await read(csv, ['1.png'])
    expect(boxes).toBe(2)
    expect(problems).toEqual([
      expect.stringMatching(/^b\.csv, line 7: /),
      'b.csv, line 4: the class is missing. The row is left out.',
      'b.csv, line 5: "two" is not an edge of a box; an edge must be a number. The row is left out.',
      'b.csv, line 6: the name of the picture is missing.',
      'b.csv: one row is listed twice and counted once.',
      'd: 3.png is named in b.csv, but is not there.',
      'b.csv, picture 1.png: the box [40, 2, 30, 8] has no area.',
      'b.csv, picture 1.png: the box [60, 2, 70, 8] reaches outside the picture of 64×48 pixels.',
    ])
    await expect(read(csv, ['1.png'], true)).rejects.toThrow('(strict)')
  })

  it('in shares of the picture is refused, and so is one without such columns', async () => {
    const shares = 'filename,class,xmin,ymin,xmax,ymax\n1.png,cat,0.1,0.2,0.5,0.75\n'
    await expect(read(shares, ['1.png'])).rejects.toThrow(/all boxes end within the first pixel/)
    await expect(read('filename,label\n1.png,cat\n', ['1.png'])).rejects.toThrow(/does not name columns of boxes/)
  })

  it('is none without the name of a picture or an edge', () => {
    expect(data.boxColumns(['filename', 'class', 'xmin', 'ymin', 'xmax', 'ymax'])).toEqual({
      ...{ file: 0, label: 1, edges: [2, 3, 4, 5], sides: false, marks: [] },
      size: { width: -1, height: -1 },
    })
    expect(data.boxColumns(['class', 'x1', 'y1', 'x2', 'y2'])).toBeNull()
    expect(data.boxColumns(['filename', 'xmin', 'ymin', 'xmax'])).toBeNull()
  })
})
