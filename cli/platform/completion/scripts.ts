export const shells = ["bash", "zsh", "fish", "powershell"] as const;
export type Shell = (typeof shells)[number];

/** Each asks `causeway __complete` for what may stand there: a line for each, `WORD<tab>what it is`. */
export const scripts: Readonly<Record<Shell, string>> = {
  // No compgen -W: it would run what a word holds in $( ).
  bash: `_causeway() {
  local word means
  COMPREPLY=()
  while IFS=$'\\t' read -r word means; do
    [[ $word == "\${COMP_WORDS[COMP_CWORD]}"* ]] && COMPREPLY+=("$word")
  done < <(causeway __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  return 0
}
complete -o default -F _causeway causeway
`,
  zsh: `#compdef causeway
_causeway() {
  local -a found
  local line
  while IFS=$'\\t' read -r word means; do
    found+=("\${word//:/\\\\:}:\${means}")
  done < <(causeway __complete -- "\${(@)words[2,$CURRENT]}" 2>/dev/null)
  if (( \${#found} )); then _describe -V 'causeway' found; else _files; fi
}
compdef _causeway causeway
`,
  fish: `function __causeway_complete
  set -l words (commandline -opc) (commandline -ct)
  causeway __complete -- $words[2..-1] 2>/dev/null
end
complete -c causeway -a '(__causeway_complete)'
`,
  powershell: `Register-ArgumentCompleter -Native -CommandName causeway -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" })
  if ($wordToComplete -eq '') { $words += '' }
  causeway __complete -- @words 2>$null | ForEach-Object {
    $word, $means = $_ -split "\`t", 2
    if (-not $means) { $means = $word }
    [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $means)
  }
}
`,
};
