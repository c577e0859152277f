import { expect, it } from 'vitest'
import { drawnBoxes, shownScore } from './detect.ts'

const box = { x: 5, y: 5, width: 4, height: 4, label: 1 }

it('boxes are labelled with their score, which is 100% only where it is 1', () => {
  const scores = [1, 0.9996, 0.995, 0.87, shownScore]
  const detections = scores.map((score) => ({ ...box, score }))
  const labels = drawnBoxes(['cat', 'dog'], { detections, boxes: [] }).map(({ label }) => label)
  expect(labels).toEqual(['dog 100%', 'dog 99.96%', 'dog 99.5%', 'dog 87%', 'dog 35%'])
})

it('boxes below the score that is shown are not drawn, and those that were marked are', () => {
  const found = { ...box, score: shownScore - 1e-6 }
  expect(drawnBoxes(['cat', 'dog'], { detections: [found], boxes: [box] })).toEqual([
    { box, label: '', colour: 1, wanted: true },
  ])
})
