export function withTables(page: string, tables: Readonly<Record<string, string>>): string
export function schemaTables(schema: object): Record<string, string>
export function stateTables(
  files: Readonly<
    Record<
      string,
      { readonly path: string; readonly holds: string; readonly writer: string; readonly goes: string }
    >
  >,
): Record<string, string>
