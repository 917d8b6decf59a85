export * from './draw.ts'
export * from './sweep.ts'
