export * from './boxes.ts'
export { arffPieces, seriesTablePieces, tsPieces } from './series.ts'
