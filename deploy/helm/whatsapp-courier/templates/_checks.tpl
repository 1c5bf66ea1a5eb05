{{- /* What cannot work, or would show a secret, is refused before anything is changed. */}}
{{- define "courier.checks" -}}
{{- if eq .Values.database.kind "sqlite" }}
{{- if or (gt (int .Values.replicas) 1) .Values.autoscaling.enabled }}
{{- fail "replicas: SQLite is for one replica. Set database.kind to postgres, or replicas to 1 and autoscaling.enabled to false." }}
{{- end }}
{{- end }}
{{- if and .Values.autoscaling.enabled (lt (int .Values.autoscaling.max) (int .Values.autoscaling.min)) }}
{{- fail "autoscaling.max: is less than autoscaling.min." }}
{{- end }}
{{- if include "courier.set" (list .Values.config "dsn") }}
{{- fail "config.dsn: the chart sets it for SQLite, and takes it from a Secret for PostgreSQL. Set database.kind, and put a dsn of PostgreSQL into the Secret." }}
{{- end }}
{{- range $part := list "private" "public" }}
{{- $listener := index (include "courier.config" $ | fromYaml).serve $part }}
{{- if hasPrefix "unix:" $listener.host }}
{{- fail (printf "config.serve.%s.host: no Service leads to a unix socket. Leave it out." $part) }}
{{- end }}
{{- if and (eq $part "private") (include "courier.set" (list $listener "tls.client_ca.path")) }}
{{- range dig "tls" "client_paths" (list "/") $listener }}
{{- if hasPrefix . "/health/ready" }}
{{- fail "config.serve.private.tls.client_paths: Kubernetes asks /health without a certificate. Name only what needs one, such as /kratos and /admin." }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- $secrets := include "courier.secrets" . | fromYamlArray }}
{{- range $route := .Values.config.sms | default dict | dig "routes" list }}
{{- range $secret := $secrets }}
{{- if and (hasPrefix "sms." $secret) (include "courier.set" (list $route (trimPrefix "sms." $secret))) }}
{{- fail (printf "config.sms.routes: %s is a secret, and config becomes a ConfigMap that many can read. Put sms.routes into the Secret %s (secrets.file)." (trimPrefix "sms." $secret) $.Values.secrets.existingSecret) }}
{{- end }}
{{- end }}
{{- end }}
{{- range $secrets }}
{{- if include "courier.set" (list $.Values.config .) }}
{{- fail (printf "config.%s: is a secret, and config becomes a ConfigMap that many can read. Put it into the Secret %s (secrets.file or secrets.env)." . $.Values.secrets.existingSecret) }}
{{- end }}
{{- end }}
{{- range concat $secrets (list "secrets.cipher" "secrets.lookup" "kratos.basic_auth.password" "sms.http.auth.config.value" "sms.http.auth.config.password" "sms.http.callback.basic_auth.password" "sms.routes" "dsn") }}
{{- $variable := . | replace "." "_" | upper }}
{{- if get $.Values.env $variable }}
{{- fail (printf "env.%s: is or has a secret, and everyone who sees the Deployment sees its environment. Put it into the Secret %s (secrets.file or secrets.env)." $variable $.Values.secrets.existingSecret) }}
{{- end }}
{{- end }}
{{- end }}

{{- /* The settings of the courier that are secrets, or sections that are of no use without one.
A test compares them with what the courier's schema marks as writeOnly. */}}
{{- define "courier.secrets" -}}
- secrets
- kratos.api_keys
- kratos.basic_auth
- kratos.admin_token
- admin.api_keys
- whatsapp.access_token
- whatsapp.app_secrets
- whatsapp.verify_token
- whatsapp.proxy_url
- sms.proxy_url
- sms.twilio.auth_token
- sms.twilio.callback_auth_tokens
- sms.http.headers
- sms.http.auth
- sms.http.callback.api_keys
- sms.http.callback.basic_auth
- tracing.providers.otlp.authorization_header
{{- end }}

{{- /* Not empty if a map has a setting: (list map "path.of.setting"). */}}
{{- define "courier.set" -}}
{{- $node := index . 0 }}
{{- range splitList "." (index . 1) }}
{{- $node = ternary (get (ternary $node dict (kindIs "map" $node)) .) "" (kindIs "map" $node) }}
{{- end }}
{{- if $node }}set{{ end }}
{{- end }}
