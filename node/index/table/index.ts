export * from './commit.ts'
export type * from './draft.ts'
export * from './keys.ts'
export * from './table.ts'
