"""Fail a build when an architecture breaks its claims: exit status 1 and every error with its place."""

import sys

import cnnspec


def main(*paths: str) -> int:
    report = cnnspec.check(*(paths or ("specs",)))
    for diagnostic in report.diagnostics:
        where = diagnostic.span.begin
        print(f"{diagnostic.span.path}:{where.line}:{where.column}: {diagnostic.severity}: {diagnostic.message}")
    print(f"{len(report.files)} files, {'sound' if report.ok else 'not sound'}")
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
