export * from './address.ts'
export * from './path.ts'
export * from './text.ts'
export { leafCount } from './tree.ts'
