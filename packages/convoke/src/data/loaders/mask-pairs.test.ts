import { describe, expect, it } from 'vitest'
import { pairMasks } from './mask-pairs.ts'

const pair = (images: readonly string[], masks: readonly string[]) =>
  pairMasks({ name: 'set', images: 'images', masks: 'masks' }, images, masks)

/** Pairs as `picture = mask`, below their folders. */
const paired = (images: readonly string[], masks: readonly string[]): string[] =>
  pair(
    images.map((name) => `images/${name}`),
    masks.map((name) => `masks/${name}`),
  ).pairs.map(({ image, mask }) => `${image.slice(7)} = ${mask.slice(6)}`)

describe('a mask belongs to the picture', () => {
  it('of the same name, whatever the endings', () => {
    expect(paired(['1.jpg', 'a.b.JPG'], ['a.b.png', '1.TIF'])).toEqual(['1.jpg = 1.TIF', 'a.b.JPG = a.b.png'])
  })

  it('at the same place below its folder, so that equal names in two folders are told apart', () => {
    const both = ['train/1.png', 'test/1.png', '1.png']
    expect(paired(both, [...both].reverse())).toEqual(both.map((name) => `${name} = ${name}`))
    expect(pair(['images/a/1.png'], ['masks/b/1.png'])).toMatchObject({ pairs: [], unused: ['masks/b/1.png'] })
  })

  it.each(['_mask', '-label', '.seg', ' gt', '_L', '_P', '_segmentation', '_ground_truth', '_Annotation'])(
    'whose name it has with %s after it',
    (word) => {
      expect(paired(['x/1.jpg'], [`x/1${word}.png`])).toEqual([`x/1.jpg = x/1${word}.png`])
    },
  )

  it('as Cityscapes names both, colours and instances set aside', () => {
    const image = 'aachen/aachen_000000_000019_leftImg8bit.png'
    const mask = (what: string) => `aachen/aachen_000000_000019_gtFine_${what}.png`
    expect(paired([image], [mask('color'), mask('instanceIds'), mask('labelIds')])).toEqual([
      `${image} = ${mask('labelIds')}`,
    ])
    expect(pair([`images/${image}`], [`masks/${mask('labelTrainIds')}`, `masks/${mask('color')}`]).unused).toEqual([])
  })

  it('called 1_mask and not 1, where there is a picture 1_mask', () => {
    expect(paired(['1.png', '1_mask.png'], ['1_mask.png', '1_mask_mask.png'])).toEqual([])
    expect(paired(['1.png', '1_mask.png'], ['1.png', '1_mask.png'])).toEqual([
      '1.png = 1.png',
      '1_mask.png = 1_mask.png',
    ])
  })

  it('whose accents are composed in another way', () => {
    const [one, two] = ['caf\u00e9', 'cafe\u0301']
    expect(paired([`${one}.jpg`], [`${two}_mask.png`])).toEqual([`${one}.jpg = ${two}_mask.png`])
  })

  it('and never to one that differs in upper case, or only begins so', () => {
    expect(paired(['A.png', '1.png'], ['a.png', '10.png', '1a.png', '1mask.png'])).toEqual([])
  })
})

describe('what is not certain is named and taken for nothing', () => {
  it('several masks for one picture', () => {
    expect(pair(['images/1.jpg'], ['masks/1.png', 'masks/1_mask.png'])).toEqual({
      pairs: [],
      problems: [
        'set/images/1.jpg: there are several masks for it: masks/1.png, masks/1_mask.png. Keep only the right one.',
      ],
      unused: [],
    })
    expect(pair(['images/1.jpg'], ['masks/1.png', 'masks/1.tif']).pairs).toEqual([])
  })

  it('one mask for two pictures of one name', () => {
    const { pairs, problems } = pair(['images/1.jpg', 'images/1.png'], ['masks/1.png'])
    expect(pairs).toEqual([])
    expect(problems).toEqual([
      'set/images/1.jpg: the mask masks/1.png may belong to this picture or to images/1.png. Name them so that each mask belongs to one picture.',
    ])
  })

  it('a picture without a mask, with what masks without a picture are called', () => {
    const { problems, unused } = pair(['images/1.jpg', 'images/2.jpg'], ['masks/1.png', 'masks/two.png'])
    expect(unused).toEqual(['masks/two.png'])
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(/^set\/images\/2\.jpg: there is no mask named 2 below masks\/.*: masks\/two\.png\. /)
    expect(pair(['images/1.jpg'], []).problems).toEqual([
      'set/images/1.jpg: there is no mask named 1. Add it, or remove the picture.',
    ])
  })
})
