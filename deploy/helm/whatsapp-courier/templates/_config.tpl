{{- /* courier.yml: what a container needs, and over it what the values say. */}}
{{- define "courier.config" -}}
{{- $ours := dict
  "serve" (dict "private" (dict "host" "" "port" 4480) "public" (dict "host" "" "port" 4481))
  "log" (dict "format" "json") }}
{{- if eq .Values.database.kind "sqlite" }}
{{- $_ := set $ours "dsn" "sqlite:///var/lib/whatsapp-courier/courier.db" }}
{{- end }}
{{- toYaml (mergeOverwrite $ours (deepCopy .Values.config)) }}
{{- end }}

{{- define "courier.privatePort" -}}
{{ (include "courier.config" . | fromYaml).serve.private.port | int }}
{{- end }}

{{- /* How a listener is spoken to, HTTP or HTTPS: (list root "private"). */}}
{{- define "courier.scheme" -}}
{{- $listener := index (include "courier.config" (index . 0) | fromYaml).serve (index . 1) }}
{{- if include "courier.set" (list $listener "tls.cert.path") }}HTTPS{{ else }}HTTP{{ end }}
{{- end }}

{{- define "courier.publicPort" -}}
{{ (include "courier.config" . | fromYaml).serve.public.port | int }}
{{- end }}
