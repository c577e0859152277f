import { expect, test } from 'vitest'
import { avx2, vectorProgram } from '../program/index.ts'
import { groupsOf, type KernelStep, tasksOf } from './plan.ts'

const stepNamed = (name: string, tasks: number, rest: Partial<KernelStep> = {}): KernelStep => ({
  ...{ program: vectorProgram(name, avx2, () => {}), tasks, argumentsOf: () => [] },
  ...rest,
})

const inWords = (steps: readonly KernelStep[]): string[] =>
  groupsOf(steps).map((group) =>
    tasksOf(group)
      .map(({ step, task }) => `${step.program.name[0]}${task}`)
      .join(' '),
  )

test('steps run one after the other, but for those that join; chains run one by one through theirs', () => {
  expect(inWords([stepNamed('a', 2), stepNamed('b', 1, { joins: true }), stepNamed('c', 2)])).toEqual([
    'a0 a1 b0',
    'c0 c1',
  ])
  const chained = [stepNamed('a', 4), stepNamed('b', 2, { chains: 2 }), stepNamed('c', 6, { chains: 2 })]
  expect(inWords([...chained, stepNamed('d', 1, { joins: true })])).toEqual([
    'a0 a1 b0 c0 c1 c2 a2 a3 b1 c3 c4 c5',
    'd0',
  ])
})

test('tasks that do not fall into equal chains are refused', () => {
  expect(() => groupsOf([stepNamed('a', 4), stepNamed('b', 3, { chains: 2 })])).toThrow(
    'b avx2: 4,3 tasks do not fall into 2 chains.',
  )
})
