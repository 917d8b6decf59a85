package netpol

import (
	"sort"
	"strings"

	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

func readTable(node string, pods lister[*core.Pod], namespaces lister[*core.Namespace], policies lister[*networking.NetworkPolicy]) (string, error) {
	var w world
	var err error
	if w.pods, err = pods.List(labels.Everything()); err != nil {
		return "", err
	}
	if w.policies, err = policies.List(labels.Everything()); err != nil {
		return "", err
	}
	all, err := namespaces.List(labels.Everything())
	if err != nil {
		return "", err
	}
	w.namespaceLabels = make(map[string]labels.Set, len(all))
	for _, namespace := range all {
		w.namespaceLabels[namespace.Name] = namespace.Labels
	}
	return w.table(node), nil
}

// world is all that the rules depend on. Its methods are pure.
type world struct {
	pods            []*core.Pod
	policies        []*networking.NetworkPolicy
	namespaceLabels map[string]labels.Set
}

// table is the text for `nft -f -`: one chain for each direction of each pod that some policy selects.
//
// Packets of the direction that opened a connection are judged every time (only replies pass unjudged), so a new policy
// cuts open connections too. The usual `ct state established accept` would let them live on.
func (w world) table(node string) string {
	sort.Slice(w.pods, func(i, j int) bool { return fullName(w.pods[i]) < fullName(w.pods[j]) })
	sort.Slice(w.policies, func(i, j int) bool { return fullName(w.policies[i]) < fullName(w.policies[j]) })

	var chains strings.Builder
	var ingress, egress []string
	for _, pod := range w.pods {
		if pod.Spec.NodeName != node || !hasAddress(pod) {
			continue
		}
		verdict := w.judge(pod)
		address := pod.Status.PodIP
		suffix := strings.ReplaceAll(address, ".", "_")
		if verdict.ingressIsolated {
			writeChain(&chains, "in_"+suffix, fullName(pod), verdict.ingress)
			ingress = append(ingress, address+" : jump in_"+suffix)
		}
		if verdict.egressIsolated {
			writeChain(&chains, "out_"+suffix, fullName(pod), verdict.egress)
			egress = append(egress, address+" : jump out_"+suffix)
		}
	}

	var table strings.Builder
	table.WriteString("add table inet netpol\ndelete table inet netpol\ntable inet netpol {\n")
	table.WriteString(chains.String())
	table.WriteString("  chain forward {\n    type filter hook forward priority 0; policy accept;\n")
	table.WriteString("    ct direction reply accept\n    ct state related accept\n")
	if len(egress) > 0 {
		table.WriteString("    ip saddr vmap { " + strings.Join(egress, ", ") + " }\n")
	}
	if len(ingress) > 0 {
		table.WriteString("    ip daddr vmap { " + strings.Join(ingress, ", ") + " }\n")
	}
	table.WriteString("  }\n}\n")
	return table.String()
}

func writeChain(to *strings.Builder, name, comment string, rules []string) {
	to.WriteString("  chain " + name + " { # " + comment + "\n")
	for _, rule := range append(rules, "counter drop") {
		to.WriteString("    " + rule + "\n")
	}
	to.WriteString("  }\n")
}

// verdict is what all policies together say about one pod.
type verdict struct {
	ingressIsolated, egressIsolated bool
	ingress, egress                 []string
}

func (w world) judge(pod *core.Pod) verdict {
	var v verdict
	for _, policy := range w.policies {
		if policy.Namespace != pod.Namespace || !selects(&policy.Spec.PodSelector, pod.Labels) {
			continue
		}
		for _, direction := range policy.Spec.PolicyTypes {
			switch direction {
			case networking.PolicyTypeIngress:
				v.ingressIsolated = true
				for _, rule := range policy.Spec.Ingress {
					v.ingress = append(v.ingress, w.ingressRules(pod, rule)...)
				}
			case networking.PolicyTypeEgress:
				v.egressIsolated = true
				for _, rule := range policy.Spec.Egress {
					v.egress = append(v.egress, w.egressRules(pod, rule)...)
				}
			}
		}
	}
	return v
}

func fullName(object meta.Object) string { return object.GetNamespace() + "/" + object.GetName() }

func selects(selector *meta.LabelSelector, set labels.Set) bool {
	parsed, err := meta.LabelSelectorAsSelector(selector)
	return err == nil && parsed.Matches(set)
}

// hasAddress: a pod in the host's network has the node's address, which rules must not match; a finished pod's address
// may already belong to another.
func hasAddress(pod *core.Pod) bool {
	finished := pod.Status.Phase == core.PodSucceeded || pod.Status.Phase == core.PodFailed
	return pod.Status.PodIP != "" && !pod.Spec.HostNetwork && !finished
}
