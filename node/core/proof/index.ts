export * from './draw.ts'
export * from './sweep.ts'
export * from './withheld.ts'
