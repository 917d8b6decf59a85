{{- define "lunarx.fullname" -}}
{{- printf "%s-operator" (trimSuffix "-operator" .Release.Name) | trunc 53 -}}
{{- end -}}

{{- define "lunarx.selector" -}}
app.kubernetes.io/name: lunarx-operator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "lunarx.labels" -}}
{{ include "lunarx.selector" . }}
app.kubernetes.io/component: operator
app.kubernetes.io/part-of: lunarx
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- /* The only namespace that is watched; empty: all are. */ -}}
{{- define "lunarx.watched" -}}
{{- if .Values.watchNamespace -}}
{{- .Values.watchNamespace -}}
{{- else if eq .Values.scope "Namespaced" -}}
{{- .Release.Namespace -}}
{{- end -}}
{{- end -}}
