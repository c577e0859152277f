import { describe, expect, it } from 'vitest'
import { UsageError } from '../errors.ts'
import { readMaskOptions } from './mask-options.ts'

describe('options for masks, as typed', () => {
  it('say nothing where they are not given', () => {
    expect(readMaskOptions({})).toEqual({ maskChannel: undefined, ignoreValues: undefined })
    expect(readMaskOptions({ maskChannel: 'auto' }).maskChannel).toBeUndefined()
    expect(readMaskOptions({ maskChannel: 'alpha' }).maskChannel).toBe('alpha')
  })

  it('take greys, indices and colours in both forms', () => {
    expect(readMaskOptions({ maskValues: '0, 128 ,65535,#FF0080,1:2:3' })).toMatchObject({
      maskValues: ['0', '128', '65535', '#ff0080', '1:2:3'],
    })
    expect(readMaskOptions({ maskValues: '0,255' }).maskNames).toBeUndefined()
  })

  it('take names before values, with spaces and with = inside', () => {
    expect(readMaskOptions({ maskValues: 'ground=0,traffic light=#804080,x=y=7,-a=9,木=10' })).toMatchObject({
      maskValues: ['0', '#804080', '7', '9', '10'],
      maskNames: ['ground', 'traffic light', 'x=y', '-a', '木'],
    })
  })

  it('tell values that are ignored from none', () => {
    expect(readMaskOptions({ ignoreValue: '255,#e0e0c0' }).ignoreValues).toEqual(['255', '#e0e0c0'])
    expect(readMaskOptions({ ignoreValue: ' None ' }).ignoreValues).toEqual([])
  })

  it.each([
    [{ maskValues: '0' }, /two values or more/],
    [{ maskValues: '1,1' }, /each once/],
    [{ maskValues: 'a=1,b=1' }, /each once/],
    [{ maskValues: '#FF0000,#ff0000' }, /each once/],
    [{ maskValues: 'a=1,2' }, /name all classes or none/],
    [{ maskValues: '=1,=2' }, /give whole numbers/],
    [{ maskValues: 'a=1,a=2' }, /two classes are called a/],
    [{ maskValues: '0,-1' }, /give whole numbers/],
    [{ maskValues: '0,1.5' }, /give whole numbers/],
    [{ maskValues: '0,#ff00' }, /give whole numbers/],
    [{ maskValues: '0,' }, /give whole numbers/],
    [{ maskValues: '' }, /give whole numbers/],
    [{ ignoreValue: '' }, /give whole numbers/],
    [{ ignoreValue: 'border' }, /"border"/],
    [{ maskChannel: 'yellow' }, /yellow/],
  ])('refuse %j', (text, message) => {
    expect(() => readMaskOptions(text)).toThrow(message)
    expect(() => readMaskOptions(text)).toThrow(UsageError)
  })
})
