// What the programs in Python share: counted random numbers, and the exact field.

import { seedStep } from '../network-constants.ts'
import { type Resolved, type Shown, viewText } from './resolve.ts'

/** See random-stream.ts of the library: the same bits. */
export const uniformText = `def uniform(seed, count):
    """Counted random numbers in [0, 1): Threefry-4x32-20 (Salmon et al. 2011), as Convoke's randomUniform has them."""
    u32 = np.uint32
    key = [u32(seed), u32(0), u32(0), u32(0), u32(seed ^ 0x1BD11BDA)]
    blocks = -(-count // 64) * 16
    x = [np.arange(blocks, dtype=u32) + key[0]] + [np.full(blocks, k) for k in key[1:4]]
    turns = [(10, 26), (11, 21), (13, 27), (23, 5), (6, 20), (17, 11), (25, 10), (18, 20)]
    for r in range(20):
        for (a, b), by in zip(((0, 1), (2, 3)) if r % 2 == 0 else ((0, 3), (2, 1)), turns[r % 8]):
            x[a] = x[a] + x[b]
            x[b] = ((x[b] << u32(by)) | (x[b] >> u32(32 - by))) ^ x[a]
        if r % 4 == 3:
            t = (r + 1) // 4
            x = [x[i] + key[(t + i) % 5] for i in range(4)]
            x[3] = x[3] + u32(t)
    i = np.arange(count)
    words = np.stack(x)[(i >> 4) & 3, (i >> 6) * 16 + (i & 15)]
    return (words >> u32(8)).astype(np.float32) * np.float32(2.0**-24)


def drawn(index, shape, fan):
    """He's uniform distribution for the weights with this index: [...kernel, in, out]."""
    bound = (6 / fan) ** 0.5
    values = uniform(SEED + index, int(np.prod(shape)))
    return (values * np.float32(2 * bound) + np.float32(-bound)).reshape(shape)
`

export const seedText = ({ seed }: Shown): string => `SEED = ${seedStep * seed}`

/** The rows and columns that the output sees, layer by layer backwards. */
export function seenText(shown: Shown, layers: readonly Resolved[]): string {
  const views = (axis: 0 | 1): string => layers.map((layer) => `    ${viewText(layer, axis)},\n`).join('')
  return `# How every layer looks at what it reads, along rows and along columns:
# ("window", kernel, stride, dilation, padding before, size), ("transposed", ...) or ("adaptive", outputs, size).
row_views = [
${views(0)}]
column_views = [
${views(1)}]


def seen(views, position):
    """The positions of the picture that one output depends on."""
    positions = {position}
    for kind, *numbers in reversed(views):
        size = numbers[-1]
        if kind == "adaptive":
            outputs = numbers[0]
            reads = {i for p in positions for i in range(p * size // outputs, -(-(p + 1) * size // outputs))}
        else:
            kernel, stride, dilation, before = numbers[:4]
            if kind == "window":
                reads = {p * stride - before + t * dilation for p in positions for t in range(kernel)}
            else:
                moved = {p + before - t * dilation for p in positions for t in range(kernel)}
                reads = {m // stride for m in moved if m % stride == 0}
        positions = {i for i in reads if 0 <= i < size}
    return sorted(positions)


rows = seen(row_views, ${shown.position[0]})
columns = seen(column_views, ${shown.position[1]})
`
}
