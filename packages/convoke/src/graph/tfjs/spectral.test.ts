import { describe, expect, it } from 'vitest'
import { tensor } from '../../tensor/index.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { graphModule } from '../index.ts'
import { graphModel, input, type NodeText, run, type Weight } from '../testing/tfjs.ts'

const length = (value: number): Weight => ({ name: 'n', shape: [1], values: [value], dtype: 'int32' })
const near = (x: Tensor, shape: readonly number[], expected: readonly number[]): void => {
  expect(x.shape).toEqual(shape)
  x.dataSync().forEach((value: number, at: number) => {
    expect(value).toBeCloseTo(expected[at], 5)
  })
}

describe('Fourier transforms of TensorFlow.js', () => {
  const signal = input('x', [-1, 4])
  const spectrum: NodeText = ['RFFT', 'f', ['x', 'n']]
  const ramp = tensor([[1, 2, 3, 4]])

  it('give the bins of a real signal, in parts and sizes', () => {
    // 1 + 2 + 3 + 4; (1 − 3) + (4 − 2)·i; 1 − 2 + 3 − 4.
    near(run(graphModel([signal, spectrum, ['Real', 'y', ['f']]], [length(4)]), ramp), [1, 3], [10, -2, -2])
    near(run(graphModel([signal, spectrum, ['Imag', 'y', ['f']]], [length(4)]), ramp), [1, 3], [0, 2, 0])
    const sizes = graphModel([signal, spectrum, ['ComplexAbs', 'y', ['f']]], [length(4)])
    near(run(sizes, ramp), [1, 3], [10, Math.sqrt(8), 2])
  })

  it('cut a signal to the length that is asked for, or fill it up', () => {
    // Of 1, 2: the sum and the difference. Of 1, 2, 3, 4, 0, 0 the last bin alternates: 1 − 2 + 3 − 4.
    const real: NodeText = ['Real', 'y', ['f']]
    near(run(graphModel([signal, spectrum, real], [length(2)]), ramp), [1, 2], [3, -1])
    const filled = run(graphModel([signal, spectrum, real], [length(6)]), ramp)
    expect(filled.shape).toEqual([1, 4])
    expect(filled.dataSync()[0]).toBeCloseTo(10, 5)
    expect(filled.dataSync()[3]).toBeCloseTo(-2, 5)
  })

  it.each([4, 3, 1])('turn back a signal of %s', (count) => {
    const x = tensor([[3, -1, 4, 1].slice(0, count)])
    const model = graphModel([input('x', [-1, count]), spectrum, ['IRFFT', 'y', ['f', 'n']]], [length(count)])
    near(run(model, x), [1, count], [3, -1, 4, 1])
  })

  it('transform complex values there and back', () => {
    const nodes: NodeText[] = [signal, ['Neg', 'z', ['x']], ['Complex', 'c', ['x', 'z']], ['FFT', 'f', ['c']]]
    // (1 − i) times the spectrum 10, −2 + 2i, −2, −2 − 2i.
    near(run(graphModel([...nodes, ['Real', 'y', ['f']]]), ramp), [1, 4], [10, 0, -2, -4])
    near(run(graphModel([...nodes, ['Imag', 'y', ['f']]]), ramp), [1, 4], [-10, 4, 2, 0])
    const back: NodeText[] = [
      ['Conj', 'd', ['f']],
      ['Conj', 'e', ['d']],
      ['IFFT', 'g', ['e']],
    ]
    near(run(graphModel([...nodes, ...back, ['Imag', 'y', ['g']]]), ramp), [1, 4], [-1, -2, -3, -4])
  })

  it('keep complex values among themselves', () => {
    const of = (...nodes: NodeText[]) => graphModule(graphModel([signal, spectrum, ...nodes], [length(4)]))
    expect(() => of(['Relu', 'y', ['f']])).toThrow('Relu y: its input is complex')
    expect(() => of(['Identity', 'y', ['f']])).toThrow('the output y is complex')
    expect(() => of(['FFT', 'y', ['x']])).toThrow('FFT y: input 0 must be complex')
    const short = [input('x', [-1, 4]), spectrum, ['IRFFT', 'y', ['f', 'm']] as NodeText]
    const weights = [length(4), { ...length(9), name: 'm' }]
    expect(() => graphModule(graphModel(short, weights))).toThrow('a signal of 9 needs 5 bins; the input has 3')
  })
})

it('Texts and tables of them are refused by name', () => {
  const of = (operator: string) => graphModule(graphModel([input('x', [2]), [operator, 'y', ['x']]]))
  expect(() => of('LookupTableFindV2')).toThrow('LookupTableFindV2 y: it computes with texts or tables of them')
  expect(() => of('StringSplit')).toThrow('StringSplit y: it computes with texts')
  const text = graphModel([input('x', [2], 'DT_STRING'), ['Identity', 'y', ['x']]])
  expect(() => graphModule(text)).toThrow('the input x is of type')
})
