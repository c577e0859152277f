// Which folders are parts, which are classes, and what of several sets in one folder is read.

import { data } from 'convoke'
import { describe, expect, it } from 'vitest'
import { cocoFiles } from './boxes.ts'
import { classifiedFiles } from './classified.ts'
import { classParts, type Place } from './place.ts'

const place = (files: Readonly<Record<string, string>> | readonly string[]): Place => {
  const all = Array.isArray(files) ? Object.fromEntries(files.map((file) => [file, ''])) : files
  return { paths: Object.keys(all), source: data.memorySource('d', all as Record<string, string>) }
}

const parts = (...files: string[]) => Object.keys(classParts(place(files)).parts ?? { all: '' })

describe('a folder called like a part', () => {
  it('is a class where its pictures lie beside those of other classes', () => {
    expect(parts('bus/1.png', 'car/1.png', 'train/1.png')).toEqual(['all'])
    expect(classParts(place(['bus/1.png', 'train/1.png'])).notes[0]).toMatch(/train\/ is taken as a class like bus\//)
  })
  it('is a part where it holds class folders', () => {
    expect(parts('train/a/1.png', 'train/b/1.png', 'Test/a/2.png', 'valid/b/3.png').sort()).toEqual([
      ...['test', 'train', 'validation'],
    ])
    expect(parts('train/bus/1.png', 'train/train/1.png', 'val/bus/2.png')).toEqual(['train', 'validation'])
  })
  it('is a part beside the classes to train on where it holds the same classes', () => {
    const { parts: found } = classParts(place(['cat/1.png', 'dog/1.png', 'test/cat/2.png', 'test/dog/2.png']))
    expect([found?.train?.paths, found?.test?.paths]).toEqual([
      ['cat/1.png', 'dog/1.png'],
      ['cat/2.png', 'dog/2.png'],
    ])
  })
  it('passes over what lies beside parts, and says so', () => {
    const { notes } = classParts(place(['train/a/1.png', 'train/b/1.png', 'test/a/2.png', 'test/3.png', 'more/1.png']))
    expect(notes).toEqual([
      'd: more/ beside the parts train/, test/ is ignored.',
      'd/test: one picture lies in no class folder and is ignored.',
    ])
  })
  it.each([
    [['train/1.png', 'test/1.png'], /no folder for each class/],
    [['val/a/1.png', 'test/a/1.png'], /there is no train\//],
    [['bus/1.png', 'train/1.png', 'test/1.png'], /may be parts without class folders, or classes/],
    [['train/a/1.png', 'train/b/1.png', 'a/1.png', 'b/1.png'], /may be a part.*or a class/],
    [['train/a/1.png', 'training/b/1.png'], /are both named like the part for train/],
    [['seg_train/seg_train/a/1.png', 'seg_test/seg_test/a/2.png', 'seg_pred/3.png'], /hold the same folders \(a\)/],
    [['Train_data/a/1.png', 'Test_data/a/2.png', 'Test_data/b/2.png'], /hold the same folders \(a\)\. Call them train/],
    [['train/cat.0.png', 'test1/1.png'], /train\/, test1\/ are named like parts.*no folder for each class/],
    [['train_images/1.png', 'test_images/1.png'], /no folder for each class/],
  ])('is refused where it may be either: %j', (files, message) => {
    expect(() => classParts(place(files))).toThrow(message)
  })
})

describe('folders with the word for a part in their names', () => {
  it.each([
    [['steam_train/1.png', 'bus/1.png', 'test_tube/1.png']],
    [['Train-A/x/1.png', 'Test-B/y/1.png']],
    [['valve/1.png', 'trainers/1.png']],
  ])('are classes where nothing says that they are parts: %j', (files) => {
    expect(parts(...files)).toEqual(['all'])
  })
})

describe('several sets in one folder', () => {
  const folders = { 'cat/1.png': '', 'dog/1.png': '' }
  const form = async (files: Record<string, string>) => {
    const { form: found, notes } = await classifiedFiles(place(files), 'classify', {})
    return [found, notes]
  }
  it('are class folders before a table of something else, which is named', async () => {
    expect(await form({ ...folders, 'log.csv': 'epoch,loss\n1,0.5\n2,0.4\n' })).toEqual([
      'folders',
      ['d: log.csv beside folders of pictures is ignored. To read it, name it alone.'],
    ])
    expect((await form({ ...folders, 'old.csv': 'file,label\ngone.png,a\nlost.png,b\n' }))[0]).toBe('folders')
  })
  it('are a table before class folders where it names pictures that are there', async () => {
    expect(await form({ ...folders, 'list.csv': 'file,label\ncat/1.png,a\ndog/1.png,b\n' })).toEqual([
      'lists',
      ['d: list.csv says what is read; the folder names are ignored.'],
    ])
  })
})

describe('COCO files', () => {
  const json = (more: object): string => JSON.stringify({ images: [], annotations: [], categories: [], ...more })
  it('of captions and keypoints are ignored beside those of boxes, and named', async () => {
    const files = {
      'annotations/captions_val2017.json': JSON.stringify({ images: [], annotations: [{ caption: 'x' }] }),
      'annotations/instances_val2017.json': json({}),
      'annotations/person_keypoints_val2017.json': json({}),
      'package.json': '{"name": "x"}',
    }
    expect(await cocoFiles(place(files))).toEqual({
      files: ['annotations/instances_val2017.json'],
      notes: [
        'd: beside the files of boxes these are ignored: annotations/captions_val2017.json (captions), annotations/person_keypoints_val2017.json (keypoints).',
      ],
      related: true,
    })
  })
  it('that are damaged are named beside good ones', async () => {
    const { files, notes } = await cocoFiles(place({ 'a.json': json({}), 'b.json': '{' }))
    expect(files).toEqual(['a.json'])
    expect(notes[0]).toMatch(/^d: b\.json: this is not JSON .* It is ignored\.$/)
  })
})
