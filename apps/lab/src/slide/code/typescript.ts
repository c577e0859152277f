// The convolution that is shown, as a program for the library.

import { libraryFilter } from '../filter-layout.ts'
import { inputShape, type SlideState } from '../state.ts'
import { nested } from './nested.ts'

/** One kernel on one channel is what `correlate` and `convolve` are for; networks have `conv` and its kin. */
export function typescriptOf(state: SlideState): string {
  const plain = state.inputChannels === 1 && state.outputChannels === 1 && !state.transposed
  return plain ? filterProgram(state) : networkProgram(state)
}

const pairs = (state: SlideState): string => `[${state.padding.map(([a, b]) => `[${a}, ${b}]`).join(', ')}]`

const isPadded = ({ padding }: SlideState): boolean => padding.flat().some((width) => width > 0)

const isOther = (values: readonly number[], usual: number): boolean => values.some((value) => value !== usual)

const list = (values: readonly number[]): string => `[${values.join(', ')}]`

const optionsText = (options: readonly (string | false)[]): string => {
  const given = options.filter((option) => option !== false)
  return given.length === 0 ? '' : `, { ${given.join(', ')} }`
}

function filterProgram(state: SlideState): string {
  const name = state.flipped ? 'convolve' : 'correlate'
  const padded = isPadded(state)
  const options = optionsText([
    isOther(state.stride, 1) && `stride: ${list(state.stride)}`,
    padded && `padding: ${pairs(state)}`,
    padded && state.boundary !== 'zero' && `boundary: '${state.boundary}'`,
    isOther(state.dilation, 1) && `dilation: ${list(state.dilation)}`,
  ])
  return `import { ${name}, tensor } from 'convoke'

const input = tensor(${nested(state.input, state.size)})
const kernel = tensor(${nested(state.filter, state.kernel)})

const output = ${name}(input, kernel${options})
console.log(JSON.stringify(output.toArray()))
`
}

function networkProgram(state: SlideState): string {
  const name = `conv${state.transposed ? 'Transpose' : ''}${state.rank}d`
  const filter = libraryFilter(state)
  const framed = isPadded(state) && state.boundary !== 'zero' && !state.transposed
  const axes = state.rank === 1 ? ['length'] : ['height', 'width']
  const options = optionsText([
    isOther(state.stride, 1) && `stride: ${list(state.stride)}`,
    isPadded(state) && !framed && `padding: ${pairs(state)}`,
    isOther(state.dilation, 1) && `dilation: ${list(state.dilation)}`,
    state.groups > 1 && `groups: ${state.groups}`,
    state.transposed && isOther(state.outputPadding, 0) && `outputPadding: ${list(state.outputPadding)}`,
  ])
  const names = [name, ...(state.flipped ? ['flip'] : []), ...(framed ? ['pad'] : []), 'tensor'].sort()
  const spatial = state.size.map((_, axis) => axis)
  const written = `tensor(${nested(filter.values, filter.shape)})`
  const turned = state.flipped ? `flip(${written}, ${list(spatial)})` : written
  const given = `tensor(${nested(state.input, inputShape(state))})`
  const inner = `${pairs(state).slice(0, -1)}, [0, 0]]`
  const last = state.transposed ? 'out / groups, in' : 'in / groups, out'
  return `import { ${names.join(', ')} } from 'convoke'

// [${axes.join(', ')}, channels]
const input = ${given}
// [${axes.join(', ')}, ${last}]
const filter = ${turned}

const output = ${name}(${framed ? `pad(input, ${inner}, { mode: '${state.boundary}' })` : 'input'}, filter${options})
console.log(JSON.stringify(output.toArray()))
`
}
