// Training, measuring, using: each as a user would.

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { data, formats } from 'convoke'
import { readMetrics } from 'convoke/node'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { digitFiles, folderWith, pngOf } from '../../test/data-files.ts'
import { bin, convoke, folder, type Ran, words } from '../../test/run.ts'

const run = (cwd: string, line: string): Promise<Ran> => convoke(cwd, ...words(line))
const json = async (cwd: string, line: string) => {
  const { code, stdout, stderr } = await run(cwd, `${line} --json`)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout)
}

const small = '--model-option widths=[4,8] --threads 1'

/** Starts `convoke`, and calls `then` at the first output that fits. */
const startAndAct = (cwd: string, line: string, when: RegExp, then: (pid: number) => void): Promise<Ran> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [bin, ...words(line)], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    const seen = { stdout: '', stderr: '' }
    let acted = false
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].on('data', (text) => {
        seen[name] += text
        if (!acted && when.test(seen[name])) {
          acted = true
          then(child.pid!)
        }
      })
    }
    child.once('close', (code) => resolve({ code: code ?? -1, ...seen }))
  })

describe('train classify', () => {
  it('finds its learning rate and keeps the losses that it was found by; the network is used as it was measured', async () => {
    const cwd = await folder()
    const line = `train classify --data digits --examples 120 --size 12 --epochs 2 --learning-rate find --test-time flips --out run ${small}`
    const trained = await run(cwd, line)
    expect(trained).toMatchObject({ code: 0, stderr: '' })
    const [, said] = /learning rate (\S+), a tenth of that with the least loss in \d+ trial steps/.exec(trained.stdout)!
    const { training } = JSON.parse(await readFile(join(cwd, 'run/config.json'), 'utf8'))
    expect([String(training.learningRate), training.testTime]).toEqual([said, 'flips'])
    const { rates, losses } = training.rateSearch
    expect([rates[0], losses.length]).toEqual([1e-5, rates.length])
    expect(training.learningRate * 10).toBeCloseTo(rates[losses.indexOf(Math.min(...losses))], 1)
    // The same as with that rate from the start.
    const given = await json(cwd, line.replace('find', said).replace('run ', 'other '))
    const measured = await json(cwd, 'evaluate run')
    expect(given.figures).toEqual(measured.figures)
    const [flips, none] = [
      await json(cwd, 'evaluate run --test-time flips'),
      await json(cwd, 'evaluate run --test-time none'),
    ]
    expect(flips.figures).toEqual(measured.figures)
    expect(none.figures.loss).not.toBe(measured.figures.loss)
  })

  it('learns a folder per class with nothing but its name, keeps everything, and the one file is enough', async () => {
    const cwd = await folderWith(await digitFiles(30))
    const trained = await run(
      cwd,
      `train classify --data digits/ --epochs 15 --learning-rate 0.01 --augment none --model-option widths=[8,16] --threads 1`,
    )
    expect(trained).toMatchObject({ code: 0, stderr: '' })
    expect(trained.stdout).toContain('72 examples to train on, 9 for validation, 9 for the test; 3 classes')
    expect(trained.stdout.match(/^epoch +\d+\/15 {2}loss /gm)).toHaveLength(15)
    expect(
      (await readdir(join(cwd, 'runs/classify'))).map((name) => name.replace(/tfevents.*/, 'tfevents')).sort(),
    ).toEqual([
      ...['best.safetensors', 'config.json', 'events.out.tfevents', 'held-out.json', 'last.safetensors'],
      ...['metrics.jsonl', 'report.html', 'scores.json'],
    ])
    const measured = await json(cwd, 'evaluate runs/classify')
    expect(measured.figures.accuracy).toBeGreaterThan(0.6)
    expect(measured.confusion.flat().reduce((a: number, b: number) => a + b)).toBe(9)
    const elsewhere = await folder()
    await copyFile(join(cwd, 'runs/classify/best.safetensors'), join(elsewhere, 'net.safetensors'))
    const whole = await json(elsewhere, `evaluate net.safetensors --data ${cwd}/digits`)
    expect([whole.count, whole.classes.map(({ name }: { name: string }) => name)]).toEqual([90, ['one', 'two', 'zero']])
    const { predictions } = await json(elsewhere, `predict net.safetensors "${cwd}/digits/zero/*.png" --top 2`)
    expect(predictions).toHaveLength(30)
    const [first] = predictions
    expect(first.predictions[0].probability + first.predictions[1].probability).toBeLessThanOrEqual(1.000001)
    const right = predictions.filter((one: typeof first) => one.predictions[0].class === 'zero')
    expect(right.length).toBeGreaterThan(15)
    // Nothing of this machine travels with the weights.
    expect(await readFile(join(elsewhere, 'net.safetensors'), 'latin1')).not.toContain(cwd)
  })

  it('numbers its folders, and refuses one that is taken', async () => {
    const cwd = await folder()
    const line = `train classify --data digits --examples 20 --size 12 --epochs 1 ${small}`
    await run(cwd, line)
    await run(cwd, line)
    expect((await readdir(join(cwd, 'runs'))).sort()).toEqual(['classify', 'classify-2'])
    const { code, stderr } = await run(cwd, `${line} --out runs/classify`)
    expect(code).toBe(2)
    const typo = await run(cwd, 'train classify --data digits --examples 20 --model-option wdths=[4]')
    expect([typo.code, typo.stderr]).toEqual([
      2,
      expect.stringContaining('there is no option "wdths". Known: classes, channels, kernel, widths'),
    ])
    expect(stderr).toContain('runs/classify holds a run already. Continue it: --resume --out runs/classify')
  })

  it('predicts pictures of another size: resized, or as they are where the network pools', async () => {
    const cwd = await folderWith({ 'big.png': await pngOf((await data.digits({ count: 1, size: 40 }).get(0)).image) })
    await run(cwd, `train classify --data digits --examples 40 --size 12 --epochs 1 --out run ${small}`)
    const resized = await json(cwd, 'predict run big.png')
    const own = await json(cwd, 'predict run big.png --own-size')
    expect(own.predictions[0].predictions).not.toEqual(resized.predictions[0].predictions)
    const square = `train classify --data digits --examples 20 --size 12 --epochs 1 --model cct --out cct`
    await run(cwd, `${square} --model-option layers=1 --model-option size=16 --threads 1`)
    expect((await run(cwd, 'predict cct big.png')).code).toBe(0)
    const { code, stderr } = await run(cwd, 'predict cct big.png --own-size')
    expect([code, stderr]).toEqual([1, expect.stringContaining('Leave out --own-size to have it resized.')])
  })

  it('shows nothing but JSON with --json, and holds to a time limit', async () => {
    const cwd = await folder()
    const line = `train classify --data digits --examples 400 --epochs 500 --time-limit 2s --out run ${small}`
    const { reason, epochs, figures } = await json(cwd, line)
    expect(reason).toBe('time')
    expect(epochs).toBeLessThan(500)
    expect(figures.accuracy).toBeGreaterThan(0)
    expect(existsSync(join(cwd, 'run/report.html'))).toBe(true)
    const short = 'train classify --data digits --examples 6000 --epochs 2 --time-limit 0.1s --out short --threads 1'
    expect((await json(cwd, short)).epochs).toBe(0)
    expect((await run(cwd, 'evaluate short --examples 20')).code).toBe(0)
  })

  it('fills a time, its learning rate falling to the end of it, and goes on when it is given more', async () => {
    const cwd = await folder()
    const line = `train classify --data digits --examples 400 --time 6s --out run ${small}`
    const { stdout } = await run(cwd, line)
    expect(stdout).toContain('as many epochs as fit into 6.0 s of batches of')
    expect(stdout).toMatch(
      /planned: [\d,]+ steps?, [\d.]+ epochs, in 6\.0 s: [\d.]+ ms a step; the learning rate falls to its end/,
    )
    const metrics = await readMetrics(join(cwd, 'run'))
    expect(metrics.length).toBeGreaterThan(1)
    expect((await json(cwd, 'train --resume --out run --time 8s')).epochs).toBeGreaterThan(metrics.length)
    for (const [more, words] of [
      ['--time 6s --epochs 3', '--time runs as many epochs as fit. Leave out --epochs'],
      ['--time 6s --time-limit 3s', 'Give only one of them.'],
    ]) {
      const refused = await run(cwd, `train classify --data digits --examples 40 --out other ${more}`)
      expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining(words)])
    }
    const limited = await run(cwd, 'train --resume --out run --time-limit 3s')
    expect([limited.code, limited.stderr]).toEqual([
      2,
      expect.stringContaining('the run was started with --time (8.0 s).'),
    ])
  })

  it('fills a time with drawing, too', async () => {
    const cwd = await folder()
    const line = 'train generate --data digits --examples 64 --size 8 --time 6s --batch-size 16 --out drawn --threads 1'
    const { seconds, reason, steps, report } = await json(cwd, line)
    expect([reason, report]).toEqual(['time', 'drawn/report.html'])
    expect(seconds).toBeLessThan(6)
    const longer = await json(cwd, 'train --resume --out drawn --time 10s')
    expect(longer.steps).toBeGreaterThan(steps)
  })
})

describe('a run that stops', () => {
  const line = `train classify --data digits --examples 120 --size 12 --epochs 4 --batch-size 8 --save-every 4 --average 0.9 ${small}`

  it('killed without warning goes on to the same weights to the bit', async () => {
    const cwd = await folder()
    await run(cwd, `${line} --out whole`)
    await startAndAct(cwd, `${line} --out cut`, /epoch 2\/4/, (pid) => process.kill(pid, 'SIGKILL'))
    expect(existsSync(join(cwd, 'cut/report.html'))).toBe(false)
    const resumed = await run(cwd, 'train --resume --out cut --threads 1')
    expect(resumed).toMatchObject({ code: 0, stderr: '' })
    const read = (name: string) => readFile(join(cwd, name))
    expect((await read('cut/best.safetensors')).equals(await read('whole/best.safetensors'))).toBe(true)
    const last = async (name: string) => formats.decodeSafetensors(await read(`${name}/last.safetensors`)).tensors
    expect(await last('cut')).toEqual(await last('whole'))
    const lines = (await read('cut/metrics.jsonl')).toString().trim().split('\n')
    expect(lines.map((one) => JSON.parse(one).epoch)).toEqual([1, 2, 3, 4])
  })

  it('by Ctrl-C saves, ends well and says how to go on; a second one ends at once', async () => {
    const cwd = await folder()
    const long = line.replace('--epochs 4', '--epochs 4000')
    const stopped = await startAndAct(cwd, `${long} --out cut`, /epoch +2\//, (pid) => process.kill(pid, 'SIGINT'))
    expect(stopped.code).toBe(0)
    expect(stopped.stderr).toContain('finishing the step and saving; Ctrl-C again stops at once.')
    expect(stopped.stdout).toMatch(/saved\. To continue: convoke train --resume --out cut\n$/)
    const finished = await run(cwd, 'train --resume --out cut --epochs 4')
    expect(finished.code).toBe(0)
    const twice = await startAndAct(cwd, `${long} --out twice`, /epoch +1\//, (pid) => {
      process.kill(pid, 'SIGTERM')
      process.kill(pid, 'SIGINT')
    })
    // Two signals at once may be heard as one step apart: either way the process is gone with its state saved.
    expect([0, 130, 143]).toContain(twice.code)
  })

  it('before its first checkpoint starts again, and says so; a later one says where it goes on', async () => {
    const cwd = await folder()
    const short = `train classify --data digits --examples 30 --size 12 --epochs 1 --batch-size 29 ${small} --out run`
    const first = await run(cwd, short)
    // 30 examples in batches of 29 leave one over.
    expect(first.stdout).toContain('the last batch of each epoch has 30 examples')
    const on = await run(cwd, 'train --resume --out run --epochs 2 --threads 1')
    expect(on.stdout).toContain('continues after epoch 1, step 1')
    await rm(join(cwd, 'run/last.safetensors'))
    const again = await run(cwd, 'train --resume --out run --epochs 2 --threads 1')
    expect([again.code, again.stderr]).toEqual([0, ''])
    expect(again.stdout).toContain('run holds no checkpoint yet: the run starts again from its first epoch.')
    expect(again.stdout).not.toContain('goes on after')
  })

  it('refuses options that cannot change, and data that did', async () => {
    const cwd = await folderWith(await digitFiles(6))
    await run(cwd, `train classify --data digits/ --epochs 1 --out run ${small}`)
    const changed = await run(cwd, 'train --resume --out run --learning-rate 1')
    expect(changed).toMatchObject({ code: 2 })
    expect(changed.stderr).toContain('--learning-rate cannot change when a run is continued')
    await writeFile(
      join(cwd, 'digits/zero/more.png'),
      await pngOf((await data.digits({ count: 1, size: 12 }).get(0)).image),
    )
    await writeFile(
      join(cwd, 'digits/zero/more2.png'),
      await pngOf((await data.digits({ count: 1, size: 12 }).get(0)).image),
    )
    expect((await run(cwd, 'train --resume --out run')).stderr).toContain('the data has changed')
  })
})

describe('the other tasks', () => {
  it('segment: masks are learned, and laid over pictures of any size', async () => {
    const set = data.shapesWithMasks({ count: 24, size: 32, shapes: [1, 1] })
    const files: Record<string, Uint8Array> = {}
    for (let i = 0; i < 24; i++) {
      const { image, mask } = await set.get(i)
      files[`d/images/${i}.png`] = await pngOf(image)
      files[`d/masks/${i}.png`] = await pngOf({
        shape: mask.shape,
        data: Uint8Array.from(mask.data, (v) => (v > 0 ? 255 : 0)),
      })
    }
    const cwd = await folderWith({
      ...files,
      'other.png': await pngOf((await data.shapesWithMasks({ count: 1, size: 50 }).get(0)).image),
    })
    const trained = await json(
      cwd,
      'train segment --data d --epochs 12 --batch-size 4 --augment flips --model-option width=8 --out run --threads 1',
    )
    expect(trained.figures.iou).toBeGreaterThan(0.6)
    expect((await run(cwd, 'predict run other.png --out .')).stderr).toContain(
      'the result for other.png would replace it',
    )
    const { predictions } = await json(cwd, 'predict run other.png d/images --out found --masks')
    expect(predictions).toHaveLength(25)
    expect(await sharp(join(cwd, 'found/other.png')).metadata()).toMatchObject({ width: 50, height: 50 })
    expect(await sharp(join(cwd, 'found/other.mask.png')).metadata()).toMatchObject({ width: 50, channels: 1 })
    expect(predictions[0].shares.ground + predictions[0].shares.object).toBeCloseTo(1)
  })

  it('segment: loses by what --loss says, which the run remembers; other tasks have no choice', async () => {
    const cwd = await folder()
    const line =
      'train segment --data shapes --examples 8 --size 16 --epochs 1 --augment flips --model-option width=2 --threads 1'
    const trained = await json(cwd, `${line} --loss dice --out run`)
    const { training } = JSON.parse(await readFile(join(cwd, 'run/config.json'), 'utf8'))
    expect(training.loss).toBe('dice')
    // Dice is at most 1; the cross-entropy of four classes that were hardly learned is above.
    expect((await json(cwd, 'evaluate run')).figures.loss).toBeCloseTo(trained.figures.loss, 6)
    expect(trained.figures.loss).toBeLessThan(1)
    await json(cwd, 'train classify --data digits --examples 30 --epochs 1 --out digits')
    for (const other of [
      'train classify --data digits',
      'choose classify --data digits',
      'finetune digits --data digits',
    ])
      expect(await run(cwd, `${other} --loss dice`)).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/^convoke: --loss is for segment/),
      })
    // Told before the data is read.
    expect(await run(cwd, 'finetune digits --data nowhere --layer-decay 2')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^convoke: --layer-decay is "2"/),
    })
  })

  it('detect: boxes are found in the pixels of the picture', async () => {
    const cwd = await folder()
    const trained = await json(
      cwd,
      'train detect --data shapes --examples 60 --size 48 --epochs 8 --augment flips --out run --threads 1',
    )
    expect(trained.figures.map50).toBeGreaterThan(0.05)
    const { image } = await data.shapesWithBoxes({ count: 1, size: 96, seed: 9 }).get(0)
    await writeFile(join(cwd, 'one.png'), await pngOf(image))
    const { predictions } = await json(cwd, 'predict run one.png --threshold 0.05')
    expect(await sharp(join(cwd, 'predictions/one.png')).metadata()).toMatchObject({ width: 96, height: 96 })
    for (const box of predictions[0].boxes)
      expect(box).toMatchObject({ class: expect.stringMatching(/disc|square|triangle/) })
  })

  it('text: reads sentences from arguments, files and the standard input', async () => {
    const cwd = await folderWith({ 'lines.txt': 'the film is not bad .\n\nwhat a dull story !\n' })
    const trained = await json(cwd, 'train text --data sentences --examples 1200 --epochs 6 --out run --threads 1')
    expect(trained.figures.accuracy).toBeGreaterThan(0.85)
    expect(await readFile(join(cwd, 'run/report.html'), 'utf8')).toContain('What the kernels look for')
    const given = await run(cwd, 'predict run "the cast is brilliant ." lines.txt --top 1 --json')
    expect([given.code, given.stderr]).toEqual([0, 'convoke: note: one text is empty and has no class.\n'])
    const { predictions } = JSON.parse(given.stdout)
    // An empty line keeps its row, so that rows are those of the file.
    expect(predictions.map((one: { text: string }) => one.text)).toEqual([
      ...['the cast is brilliant .', 'the film is not bad .', '', 'what a dull story !'],
    ])
    expect(predictions[2].predictions).toEqual([])
    expect(predictions[0].predictions[0].class).toBe('positive')
  })

  it('text: Chinese is divided into words', async () => {
    const cwd = await folder()
    await run(cwd, 'train text --data sentences-zh --examples 100 --epochs 1 --out run --threads 1')
    expect(JSON.parse(await readFile(join(cwd, 'run/config.json'), 'utf8')).text.tokenizer).toBe('zh')
    expect((await run(cwd, 'predict run 这部电影不好看。')).code).toBe(0)
  })

  it('sequence: series of a table get their class', async () => {
    const wave = (i: number) =>
      Array.from({ length: 24 }, (_, t) => Math.sin((i % 2 === 0 ? 0.4 : 1.1) * t + i).toFixed(3))
    const rows = Array.from({ length: 80 }, (_, i) => [i % 2 === 0 ? 'slow' : 'fast', ...wave(i)].join(','))
    const cwd = await folderWith({ 'waves.csv': rows.join('\n'), 'new.csv': [wave(100), wave(101)].join('\n') })
    const trained = await json(cwd, 'train sequence --data waves.csv --epochs 10 --out run --threads 1')
    expect(trained.figures.accuracy).toBeGreaterThan(0.8)
    const { predictions } = await json(cwd, 'predict run new.csv --top 1')
    expect(predictions.map((one: { predictions: { class: string }[] }) => one.predictions[0].class)).toEqual([
      'slow',
      'fast',
    ])
  })

  it('sequence: columns go by their names, and a faulty row costs no other its class', async () => {
    const names = Array.from({ length: 8 }, (_, t) => `t${t}`)
    const ramp = (i: number) => names.map((_, t) => (i % 2 === 0 ? t : 7 - t) + ((i * 7 + t * 3) % 5) / 10)
    const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]) =>
      [head, ...rows].map((row) => row.join(',')).join('\n')
    const kinds = ['up', 'down'] as const
    const cwd = await folderWith({
      'ramps.csv': table(
        ['class', ...names],
        Array.from({ length: 60 }, (_, i) => [kinds[i % 2], ...ramp(i)]),
      ),
      'turned.csv': table(
        ['id', ...names.toReversed(), 'class'],
        Array.from({ length: 20 }, (_, i) => [i, ...ramp(60 + i).toReversed(), kinds[i % 2]]),
      ),
      'faulty.csv': table(names, [ramp(60), [1, 2, '', 4, 5, 6, 7, 8], ramp(61)]),
      'other.csv': table(['x', ...names.slice(1)], [ramp(60)]),
    })
    await json(cwd, 'train sequence --data ramps.csv --epochs 8 --out run --threads 1')
    const classes = async (...files: string[]) => {
      const { code, stdout, stderr } = await run(cwd, `predict run ${files.join(' ')} --top 1 --json`)
      const { predictions } = JSON.parse(stdout)
      return [code, predictions.map((one: { predictions: { class: string }[] }) => one.predictions[0].class), stderr]
    }
    expect(await classes('turned.csv')).toEqual([0, Array.from({ length: 20 }, (_, i) => kinds[i % 2]), ''])
    const faulty = await classes('faulty.csv', 'missing.csv')
    expect(faulty.slice(0, 2)).toEqual([1, ['up', 'down']])
    expect(faulty[2]).toMatch(/faulty\.csv, line 3: the row has 8 fields, not all of them numbers/)
    expect(faulty[2]).toMatch(/missing\.csv does not exist.*\n.*series without a result: 2 of 4/)
    const refused = await run(cwd, 'predict run other.csv')
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining('other.csv: columns that the network was trained on are missing: t0.'),
    ])
    const { stdout } = await run(cwd, 'evaluate run --data turned.csv --json')
    expect(JSON.parse(stdout).figures.accuracy).toBe(1)
  })

  it('generate: draws as many pictures as asked, the same for a seed', async () => {
    const cwd = await folder()
    const line = 'train generate --data digits --examples 64 --size 8 --epochs 2 --batch-size 16 --out run --threads 1'
    expect((await run(cwd, line)).code).toBe(0)
    await run(cwd, 'predict run --count 9 --out a.png')
    await run(cwd, 'predict run/best.safetensors --count 9 --out b.png')
    expect(await sharp(join(cwd, 'a.png')).metadata()).toMatchObject({ width: 32, height: 32 })
    expect(await readFile(join(cwd, 'a.png'))).toEqual(await readFile(join(cwd, 'b.png')))
  })
})

describe('finetune', () => {
  it('makes a new head for new classes, freezes, and adapts with adapters that can be merged', async () => {
    const cwd = await folderWith(await digitFiles(12))
    await run(cwd, `train classify --data digits --examples 100 --size 12 --epochs 2 --out base ${small}`)
    const frozen = await run(cwd, 'finetune base --data digits/ --epochs 2 --freeze * --out frozen --threads 1')
    expect(frozen.stdout).toContain('starts from base; new for 3 classes: head.weight, head.bias; frozen: *')
    const weights = async (path: string) => formats.decodeSafetensors(await readFile(join(cwd, path))).tensors
    const [before, after] = [await weights('base/best.safetensors'), await weights('frozen/best.safetensors')]
    expect(after['stage1.unit1.conv.weight']).toEqual(before['stage1.unit1.conv.weight'])
    expect(after['head.weight'].shape).toEqual([8, 3])
    expect(frozen.stdout).not.toContain('learns alone')
    const from = await run(
      cwd,
      'train classify --from base --data digits/ --epochs 2 --freeze-epochs 1 --out from --threads 1',
    )
    expect(from.stdout).toMatch(
      /head\.bias; only the new layer is trained for 1 epoch, then everything\n.*the new layer only: \d+ step/s,
    )
    expect(JSON.parse(await readFile(join(cwd, 'from/config.json'), 'utf8')).fineTuning.freezeEpochs).toBe(1)
    expect((await run(cwd, 'train text --from base --data digits/')).stderr).toContain('of classify, not of text')
    expect(
      (await run(cwd, 'finetune base --data digits/ --epochs 2 --adapters 2 --out adapted --threads 1')).code,
    ).toBe(0)
    expect((await weights('adapted/best.safetensors'))['stage1.unit1.conv.weight.up']).toBeDefined()
    const [with_, merged] = [
      await json(cwd, 'evaluate adapted'),
      await json(cwd, 'evaluate adapted/merged.safetensors --data digits/ --part test'),
    ]
    expect(merged.figures.loss).toBeCloseTo(with_.figures.loss, 4)
    const again = await run(cwd, 'finetune adapted --data digits/ --epochs 1 --layer-decay 0.5 --out again --threads 1')
    expect(again.code).toBe(0)
    expect(again.stdout).toContain('learning rates are multiplied by 0.5 from each part')
    expect((await run(cwd, 'train --resume --out again --epochs 2')).code).toBe(0)
    await rm(join(cwd, 'again/last.safetensors'))
    expect((await run(cwd, 'train --resume --out again')).stderr).toContain('stopped before anything was saved')
  })
})
